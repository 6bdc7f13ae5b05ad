import {
  annotations,
  apiVersionOf,
  type Cluster,
  ClusterKind,
  type License,
  LicenseKind,
  type LicenseStatus,
  licenseName,
  type Machine,
  MachineKind,
  type Secret,
  SecretKind,
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
  settledFor,
} from '@keelson/reconcile';
import { isFailure, messageOf } from '@keelson/std';
import { isManagement } from '../names.js';
import { type LicenseClaims, readLicense, standingOf } from './token.js';
import { type LicenseUsage, excessOf, isOfCloud, usageOf } from './usage.js';

/** Where the text of the license is kept. */
const secretKey = { namespace: 'keelson-system', name: 'license' } as const;
const entry = 'value';
const self = { kind: LicenseKind.kind, name: licenseName };
const resyncSeconds = 3600;
/** It is told so long before the end. Milliseconds. */
const warningMs = 30 * 86_400_000;

export interface LicenseWorld {
  readonly now: number;
  readonly license: License;
  /** Id of the installation: that of the management cluster, or of the License where there is none. */
  readonly instance: string;
  /** What the text says that is in force; undefined without one. */
  readonly claims: LicenseClaims | undefined;
  /** Why the text cannot be accepted. */
  readonly problem: string | undefined;
  readonly usage: LicenseUsage;
}

/** The text is on its way from the spec to the Secret; no description, log or status carries it. */
export type LicenseStep =
  | { readonly type: 'keep'; readonly text: string }
  | { readonly type: 'blank'; readonly dropsManifest: boolean };

/** Checks the license, moves its text to a Secret, and says what it allows and until when. */
export function licenseReconciler(issuerKey: string | undefined): Reconciler<License, LicenseWorld, LicenseStep> {
  return {
    name: 'release/license',
    kind: LicenseKind,
    summary: 'Checks the license, moves its text to a Secret, and says what it allows and until when.',
    inputs: [
      input<Secret>({
        kind: SecretKind,
        selection: { namespaces: [secretKey.namespace], fieldSelector: `metadata.name=${secretKey.name}` },
        mapToOwn: () => [{ name: licenseName }],
      }),
      input<Cluster>({
        kind: ClusterKind,
        mapToOwn: () => [{ name: licenseName }],
        relevant: (cluster) => [isManagement(cluster), cluster.metadata.deletionTimestamp],
      }),
      input<Machine>({
        kind: MachineKind,
        mapToOwn: () => [{ name: licenseName }],
        relevant: (machine) => [machine.metadata.labels, machine.metadata.deletionTimestamp, isOfCloud(machine)],
      }),
    ],
    outputs: [
      { kind: LicenseKind, mode: 'exclusive', verbs: ['patch', 'status'] },
      {
        kind: SecretKind,
        mode: 'shared',
        verbs: ['apply'],
        namespaces: [secretKey.namespace],
        names: [secretKey.name],
      },
    ],
    concurrency: 1,
    resyncSeconds,
    observe: (reader, license) => observeLicense(reader, license, issuerKey),
    plan: planLicense,
    steps,
    status: licenseStatus,
    events: licenseEvents,
  };
}

async function observeLicense(reader: Reader, license: License, issuerKey: string | undefined): Promise<LicenseWorld> {
  const management = reader.list(ClusterKind).find(isManagement);
  const instance = management?.metadata.uid ?? license.metadata.uid ?? '';
  const kept = reader.get(SecretKind, secretKey)?.data?.[entry];
  const given = license.spec.license?.value;
  const text =
    given !== undefined && given !== ''
      ? given
      : kept === undefined
        ? undefined
        : Buffer.from(kept, 'base64').toString('utf8');
  const common = { now: reader.now, license, instance, usage: usageOf(reader) };
  if (text === undefined) return { ...common, claims: undefined, problem: undefined };
  if (issuerKey === undefined)
    return {
      ...common,
      claims: undefined,
      problem: 'the license is not accepted: this installation knows no issuer (KEELSON_LICENSE_ISSUER_KEY_FILE)',
    };
  try {
    return { ...common, claims: readLicense(text, issuerKey, instance), problem: undefined };
  } catch (error) {
    if (!isFailure(error, 'terminal')) throw error;
    return { ...common, claims: undefined, problem: messageOf(error) };
  }
}

/** A text that is not accepted stays where it was written, beside the reason; what was in force before stays in force. */
function planLicense({ license, problem, claims, now }: LicenseWorld): Plan<LicenseStep> {
  const given = license.spec.license?.value;
  const dropsManifest = license.metadata.annotations?.[annotations.lastApplied] !== undefined;
  if (given !== undefined && given !== '' && problem === undefined)
    return {
      steps: [
        { type: 'keep', text: given },
        { type: 'blank', dropsManifest },
      ],
      outcome: progressing('the license is moved to its Secret'),
    };
  if (problem !== undefined) return { steps: [], outcome: blockedBy(self, 'LicenseRefused', problem) };
  if (claims === undefined) return { steps: [], outcome: settled };
  const leftSeconds = claims.exp - now / 1000;
  if (leftSeconds <= 0) return { steps: [], outcome: blockedBy(self, 'LicenseExpired', endingOf(claims, now) ?? '') };
  // It ends by the passing of time alone.
  return { steps: [], outcome: settledFor(Math.min(leftSeconds, resyncSeconds)) };
}

const steps: StepTable<LicenseStep> = {
  keep: {
    describe: () => `move the text of the license to Secret ${secretKey.namespace}/${secretKey.name}`,
    run: async ({ text }, writer) => {
      const data = { [entry]: Buffer.from(text.trim(), 'utf8').toString('base64') };
      const secret: Secret = {
        apiVersion: apiVersionOf(SecretKind),
        kind: 'Secret',
        metadata: { ...secretKey },
        type: 'Opaque',
        data,
      };
      await writer.apply(SecretKind, secret, { force: true });
    },
  },
  blank: {
    describe: ({ dropsManifest }) =>
      `blank the text in the License${dropsManifest ? ' and drop the manifest kubectl keeps' : ''}`,
    run: async ({ dropsManifest }, writer) => {
      const metadata = dropsManifest ? { metadata: { annotations: { [annotations.lastApplied]: null } } } : {};
      const spec = { license: { value: null, secret: { name: secretKey.name, key: entry } } };
      await writer.patch(LicenseKind, { name: licenseName }, { ...metadata, spec });
    },
  },
};

function licenseStatus({ now, instance, claims, problem, license, usage }: LicenseWorld): LicenseStatus {
  if (problem !== undefined) return { ...license.status, instance, usage, message: problem };
  if (claims === undefined)
    return { instance, dev: true, expired: false, usage, message: 'there is no license: no limits, for development' };
  const standing = standingOf(claims, now);
  const told = [endingOf(claims, now), excessOf({ ...standing, usage })].filter((one) => one !== undefined);
  return { instance, ...standing, usage, ...(told.length === 0 ? {} : { message: told.join('; ') }) };
}

function endingOf({ exp }: LicenseClaims, now: number): string | undefined {
  const left = exp * 1000 - now;
  if (left <= 0)
    return 'the license has expired: what runs goes on, no cluster is added and no update begins before a new one is in spec.license.value';
  return left < warningMs ? `the license ends in ${Math.ceil(left / 86_400_000)} days` : undefined;
}

function licenseEvents({ claims, now, problem, usage }: LicenseWorld): readonly Announcement[] {
  if (problem !== undefined) return [{ type: 'Warning', reason: 'LicenseRefused', message: problem }];
  if (claims === undefined) return [];
  const [ending, excess] = [endingOf(claims, now), excessOf({ ...standingOf(claims, now), usage })];
  return [
    ...(ending === undefined ? [] : [{ type: 'Warning', reason: 'LicenseEnds', message: ending } as const]),
    ...(excess === undefined ? [] : [{ type: 'Warning', reason: 'LicenseExceeded', message: excess } as const]),
  ];
}
