import { z } from 'zod';
import { type Fault, type FaultKind, isFaultKind } from '../faults/faults.js';
import type { LedgerEntry } from '../ledger/ledger.js';
import type { SavedCluster } from '../clusters/cluster.state.js';
import { savedCloudSchema } from '../openstack/saved-cloud.js';
import type { ServerState } from '../world/server.state.js';
import { serverStages, type Stage } from '../world/server.states.js';

/** Documents are our own, but a folder may come from another version: what does not fit is refused by name. */
const stage = z.custom<Stage>(
  (value) => typeof value === 'string' && Object.hasOwn(serverStages, value),
  'unknown stage',
);
const faultKind = z.custom<FaultKind>((value) => typeof value === 'string' && isFaultKind(value), 'unknown fault');
const text = z.string().optional();

const bundle = z.object({ version: z.string(), sha256: z.string().optional() });
const bundles = z.object({
  current: bundle,
  previous: bundle.optional(),
  candidate: z.object({ bundle, starts: z.number() }).optional(),
  refused: z.object({ version: z.string(), why: z.string() }).optional(),
});

const serverSchema = z.object({
  id: z.string(),
  stage,
  since: z.number(),
  bootId: z.string(),
  bootedAt: z.number(),
  boot: z.object({
    target: z.enum(['None', 'Cd', 'Hdd', 'Pxe']),
    enabled: z.enum(['Disabled', 'Once', 'Continuous']),
    mode: z.enum(['UEFI', 'Legacy']),
  }),
  media: z.object({ Cd: text, ConfigCd: text }),
  inventoried: z.boolean(),
  disk: z.object({
    writtenFor: text,
    system: z
      .object({
        instanceId: z.string(),
        image: z.string(),
        hostname: z.string(),
        internalIP: text,
        agentJson: text,
        agentBundles: bundles.optional(),
        packages: text,
        rebootWantedIn: text,
        installedAt: z.number(),
      })
      .optional(),
  }),
  version: z.number(),
});

const faultSchema = z.object({
  id: z.string(),
  kind: faultKind,
  servers: z.array(z.string()),
  from: z.number(),
  until: z.number().optional(),
});

const ledgerSchema = z.object({
  at: z.number(),
  server: z.string(),
  action: z.enum(['wipe', 'powerOff', 'reset']),
  key: z.string(),
  stage: z.string(),
});

const storedSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string(),
  }),
});

const clusterSchema = z.object({
  state: z.object({
    id: z.string(),
    name: z.string(),
    host: z.string(),
    port: z.number(),
    kubernetesVersion: z.string(),
    pki: z.object({ caCertificate: z.string(), serverCertificate: z.string(), serverKey: z.string() }),
    members: z.record(
      z.string(),
      z.object({
        role: z.enum(['control', 'worker']),
        node: z.string(),
        labels: z.record(z.string(), z.string()),
        internalIP: text,
        kubernetesVersion: text,
      }),
    ),
  }),
  objects: z.record(z.string(), z.array(storedSchema)),
});

/** What a data folder holds. */
export interface SavedLab {
  readonly servers: ReadonlyMap<string, ServerState>;
  readonly clusters: readonly SavedCluster[];
  readonly faults: readonly Fault[];
  readonly ledger: readonly LedgerEntry[];
}

/** Reads the documents of a data folder; throws when one is not of this version of the lab. */
export function savedLab(documents: Readonly<Record<string, unknown>>): SavedLab {
  const named = (prefix: string): readonly unknown[] =>
    Object.entries(documents)
      .filter(([name]) => name.startsWith(prefix))
      .map(([, document]) => document);
  const servers = named('server/').map((document): ServerState => withOptionals(serverSchema.parse(document)));
  return {
    servers: new Map(servers.map((state) => [state.id, state])),
    clusters: named('cluster/').map((document): SavedCluster => {
      const { state, objects } = clusterSchema.parse(document);
      const members = Object.entries(state.members).map(
        ([id, member]) => [id, { ...member, internalIP: member.internalIP }] as const,
      );
      const cloud = savedCloudSchema.optional().parse(documents[`cloud/${state.id}`]);
      return { state: { ...state, members: Object.fromEntries(members) }, objects, cloud };
    }),
    faults: z
      .array(faultSchema)
      .parse(documents['faults'] ?? [])
      .map(({ until, ...fault }) => ({ ...fault, ...(until === undefined ? {} : { until }) })),
    ledger: ledgerPages(documents),
  };
}

/** Pages are numbered from 0 and full but for the last. */
function ledgerPages(documents: Readonly<Record<string, unknown>>): readonly LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let page = 0; documents[`ledger/${page}`] !== undefined; page += 1)
    entries.push(...z.array(ledgerSchema).parse(documents[`ledger/${page}`]));
  return entries;
}

type Parsed = z.infer<typeof serverSchema>;

/** JSON has no undefined: members that were left out are given back. */
function withOptionals(parsed: Parsed): ServerState {
  const { system, writtenFor } = parsed.disk;
  return {
    ...parsed,
    media: { Cd: parsed.media.Cd, ConfigCd: parsed.media.ConfigCd },
    disk: {
      writtenFor,
      system:
        system === undefined ? undefined : { ...system, internalIP: system.internalIP, agentJson: system.agentJson },
    },
  };
}
