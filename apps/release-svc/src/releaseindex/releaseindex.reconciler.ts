import {
  type ClusterRelease,
  ClusterReleaseKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type MCCUpgrade,
  MCCUpgradeKind,
  type Reference,
  annotations,
  keyOf,
} from '@keelson/api';
import {
  type Announcement,
  type Plan,
  type Reader,
  type Reconciler,
  type StepTable,
  blockedBy,
  input,
  progressing,
  settled,
  waitingOn,
} from '@keelson/reconcile';
import { type Failure, type Http, isFailure, rfc3339 } from '@keelson/std';
import { compareVersions } from '../cluster/cluster.observe.js';
import { isPulledBack } from '../names.js';
import { fetchIndex, fetchRelease, type IndexSource } from './releaseindex.fetch.js';

export interface IndexWorld {
  /** Objects of releases that are announced and not here, in the order in which they are made. */
  readonly missing: readonly (KaaSRelease | ClusterRelease)[];
  /** Releases that came with this index and whose mark does not say whether it still announces them. */
  readonly mismarked: readonly { readonly release: KaaSRelease; readonly isPulledBack: boolean }[];
  readonly failure: Failure | undefined;
  readonly now: number;
  readonly url: string;
}

type IndexStep =
  | { readonly type: 'add'; readonly release: KaaSRelease | ClusterRelease; readonly url: string }
  | { readonly type: 'mark'; readonly release: KaaSRelease; readonly since: string | null };

const everySeconds = 900;
const everyText = `it is tried again every ${everySeconds / 60} minutes, and what runs goes on`;

/** Adds releases that the signed index announces and marks those it pulls back. What is there is never edited. */
export function releaseIndexReconciler(
  http: Http,
  from: IndexSource | undefined,
): Reconciler<MCCUpgrade, IndexWorld, IndexStep> {
  return {
    name: 'release/index',
    kind: MCCUpgradeKind,
    summary:
      'Adds releases that the signed index announces and marks those it pulls back. What is there is never edited.',
    inputs: [
      input({ kind: KaaSReleaseKind, mapToOwn: () => [] }),
      input({ kind: ClusterReleaseKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: KaaSReleaseKind, mode: 'shared', verbs: ['create', 'patch'] },
      { kind: ClusterReleaseKind, mode: 'shared', verbs: ['create'] },
    ],
    // Without the index no newer release is heard of, whatever else holds the MCCUpgrade.
    holds: 'also',
    polls: [{ system: 'the index of releases', everySeconds }],
    concurrency: 1,
    resyncSeconds: everySeconds,
    observe: (reader) => observeIndex(reader, http, from),
    plan: planIndex,
    steps,
    // The status of the MCCUpgrade is another reconciler's.
    status: () => undefined,
    events: indexEvents,
  };
}

async function observeIndex(reader: Reader, http: Http, from: IndexSource | undefined): Promise<IndexWorld> {
  const nothing = { missing: [], mismarked: [], failure: undefined, now: reader.now, url: from?.url ?? '' };
  if (from === undefined) return nothing;
  const releases = reader.list(KaaSReleaseKind);
  const known = new Set(releases.map(({ spec }) => spec.version));
  const missing: (KaaSRelease | ClusterRelease)[] = [];
  let announced: ReadonlySet<string>;
  try {
    const index = await fetchIndex(http, from);
    announced = new Set(index.map(({ version }) => version));
    const entries = index.filter(({ version }) => !known.has(version));
    for (const entry of [...entries].sort((a, b) => compareVersions(a.version, b.version)))
      missing.push(...(await fetchRelease(http, from, entry)));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...nothing, failure: error };
  }
  const isHere = ({ kind, metadata: { name } }: KaaSRelease | ClusterRelease): boolean =>
    kind === 'ClusterRelease' && reader.get(ClusterReleaseKind, { name }) !== undefined;
  const mismarked = releases
    .filter(({ metadata }) => metadata.annotations?.[annotations.fromIndex] === from.url)
    .map((release) => ({ release, isPulledBack: !announced.has(release.spec.version) }))
    .filter(({ release, isPulledBack: is }) => is !== isPulledBack(release));
  return { ...nothing, missing: missing.filter((release) => !isHere(release)), mismarked };
}

/** With what an operator can do about it. */
function troubleText({ sort, message }: Failure): string {
  const cure =
    sort === 'terminal'
      ? 'ask its publisher; where the publisher has a new key, put it into the file of KEELSON_RELEASE_INDEX_KEY_FILE'
      : 'look at its publisher, the proxy in KEELSON_RELEASE_INDEX_PROXY and the network between';
  return `new releases are not heard of: ${message}. Cure: ${cure}; ${everyText}`;
}

const indexAt = (url: string): Reference => ({ kind: 'ReleaseIndex', name: url });

function planIndex({ missing, mismarked, failure, now, url }: IndexWorld): Plan<IndexStep> {
  if (failure !== undefined)
    return {
      steps: [],
      outcome:
        failure.sort === 'terminal'
          ? blockedBy(indexAt(url), failure.reason, troubleText(failure))
          : waitingOn(indexAt(url), 'IndexUnreachable', troubleText(failure), everySeconds),
    };
  const steps: readonly IndexStep[] = [
    ...missing.map((release) => ({ type: 'add' as const, release, url })),
    ...mismarked.map(({ release, isPulledBack: is }) => ({
      type: 'mark' as const,
      release,
      since: is ? rfc3339(now) : null,
    })),
  ];
  return steps.length === 0
    ? { steps, outcome: settled }
    : { steps, outcome: progressing(`${missing.length} objects are added, ${mismarked.length} marked`) };
}

const steps: StepTable<IndexStep> = {
  add: {
    describe: ({ release }) => `add ${release.kind} ${release.metadata.name}`,
    run: async ({ release, url }, writer) => {
      // Only what a release is made of: labels such as that of the release in use are not the publisher's to set.
      const metadata = { name: release.metadata.name };
      if (release.kind === 'KaaSRelease')
        await writer.create(KaaSReleaseKind, {
          ...(release as KaaSRelease),
          metadata: { ...metadata, annotations: { [annotations.fromIndex]: url } },
        });
      else await writer.create(ClusterReleaseKind, { ...(release as ClusterRelease), metadata });
    },
  },
  mark: {
    describe: ({ release, since }) =>
      `say on KaaSRelease ${release.metadata.name} that it is ${since === null ? 'announced again' : 'pulled back'}`,
    run: async ({ release, since }, writer) => {
      await writer.patch(KaaSReleaseKind, keyOf(release), {
        metadata: { annotations: { [annotations.pulledBack]: since } },
      });
    },
  },
};

function indexEvents({ failure, missing, mismarked }: IndexWorld): readonly Announcement[] {
  if (failure !== undefined) return [{ type: 'Warning', reason: failure.reason, message: troubleText(failure) }];
  const names = missing.filter(({ kind }) => kind === 'KaaSRelease').map(({ metadata }) => metadata.name);
  const gone = mismarked.filter(({ isPulledBack: is }) => is).map(({ release }) => release.metadata.name);
  return [
    ...(names.length === 0
      ? []
      : [{ type: 'Normal' as const, reason: 'ReleaseAdded', message: `new releases: ${names.join(', ')}` }]),
    ...(gone.length === 0
      ? []
      : [
          {
            type: 'Warning' as const,
            reason: 'ReleasePulledBack',
            message: `the publisher has pulled back ${gone.join(', ')}: what runs goes on, nothing new begins with it`,
          },
        ]),
  ];
}
