import {
  type ClusterRelease,
  ClusterReleaseKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type MCCUpgrade,
  MCCUpgradeKind,
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
import { type Failure, type Http, isFailure } from '@keelson/std';
import { compareVersions } from '../cluster/cluster.observe.js';
import { fetchIndex, fetchRelease, type IndexSource } from './releaseindex.fetch.js';

export interface IndexWorld {
  /** Objects of releases that are announced and not here, in the order in which they are made. */
  readonly missing: readonly (KaaSRelease | ClusterRelease)[];
  readonly failure: Failure | undefined;
}

type IndexStep = { readonly type: 'add'; readonly release: KaaSRelease | ClusterRelease };

const everySeconds = 900;
const source = { kind: 'ReleaseIndex', name: 'index' };

/** Adds releases that the signed index announces. What is there is never edited. */
export function releaseIndexReconciler(
  http: Http,
  from: IndexSource | undefined,
): Reconciler<MCCUpgrade, IndexWorld, IndexStep> {
  return {
    name: 'release/index',
    kind: MCCUpgradeKind,
    summary: 'Adds releases that the signed index announces. What is there is never edited.',
    inputs: [
      input({ kind: KaaSReleaseKind, mapToOwn: () => [] }),
      input({ kind: ClusterReleaseKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: KaaSReleaseKind, mode: 'shared', verbs: ['create'] },
      { kind: ClusterReleaseKind, mode: 'shared', verbs: ['create'] },
    ],
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
  if (from === undefined) return { missing: [], failure: undefined };
  const known = new Set(reader.list(KaaSReleaseKind).map(({ spec }) => spec.version));
  const missing: (KaaSRelease | ClusterRelease)[] = [];
  try {
    const entries = (await fetchIndex(http, from)).filter(({ version }) => !known.has(version));
    for (const entry of [...entries].sort((a, b) => compareVersions(a.version, b.version)))
      missing.push(...(await fetchRelease(http, from, entry)));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { missing: [], failure: error };
  }
  const isHere = ({ kind, metadata: { name } }: KaaSRelease | ClusterRelease): boolean =>
    kind === 'ClusterRelease' && reader.get(ClusterReleaseKind, { name }) !== undefined;
  return { missing: missing.filter((release) => !isHere(release)), failure: undefined };
}

function planIndex({ missing, failure }: IndexWorld): Plan<IndexStep> {
  if (failure !== undefined)
    return {
      steps: [],
      outcome:
        failure.sort === 'terminal'
          ? blockedBy(source, failure.reason, failure.message)
          : waitingOn(source, failure.reason, failure.message, everySeconds),
    };
  const steps = missing.map((release): IndexStep => ({ type: 'add', release }));
  return steps.length === 0
    ? { steps, outcome: settled }
    : { steps, outcome: progressing(`${steps.length} releases and cluster releases are added`) };
}

const steps: StepTable<IndexStep> = {
  add: {
    describe: ({ release }) => `add ${release.kind} ${release.metadata.name}`,
    run: async ({ release }, writer) => {
      // Only what a release is made of: labels such as that of the release in use are not the publisher's to set.
      const metadata = { name: release.metadata.name };
      if (release.kind === 'KaaSRelease')
        await writer.create(KaaSReleaseKind, { ...(release as KaaSRelease), metadata });
      else await writer.create(ClusterReleaseKind, { ...(release as ClusterRelease), metadata });
    },
  },
};

function indexEvents({ failure, missing }: IndexWorld): readonly Announcement[] {
  if (failure !== undefined) return [{ type: 'Warning', reason: failure.reason, message: failure.message }];
  const names = missing.filter(({ kind }) => kind === 'KaaSRelease').map(({ metadata }) => metadata.name);
  return names.length === 0
    ? []
    : [{ type: 'Normal', reason: 'ReleaseAdded', message: `new releases: ${names.join(', ')}` }];
}
