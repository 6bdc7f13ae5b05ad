import {
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler, type StepTable } from '@keelson/reconcile';
import { hosts } from '../conventions/addresses.js';
import type { LatestChecks } from '../probes/latest.js';
import { ovnOrdersName } from '../services/networking/backend.js';
import type { AskMember, OvnSide } from './member-report.js';
import { ovnEvents } from './ovn.events.js';
import { databaseHealth } from './ovn.health.js';
import { type OvnStep, planOvn } from './ovn.plan.js';
import { compactAnnotation, type OvnDatabase, type OvnWorld, rebuildAnnotation } from './ovn.world.js';

export interface OvnPorts {
  readonly askMember: AskMember;
  /** Told how the databases are: it becomes health. */
  readonly latest: LatestChecks;
}

const everySeconds = 60;
const sets: Readonly<Record<OvnSide, string>> = { nb: hosts.ovnNorthbound, sb: hosts.ovnSouthbound };
const sides = ['nb', 'sb'] as const satisfies readonly OvnSide[];

/** Asks the members of OVN's databases how they are, and brings back what has lost its majority. */
export function ovnReconciler(ports: OvnPorts): Reconciler<OpenStackDeployment, OvnWorld, OvnStep> {
  return {
    name: 'openstack/ovn',
    kind: OpenStackDeploymentKind,
    summary: "Asks the members of OVN's databases how they are, and brings back what has lost its majority.",
    inputs: [
      input<StatefulSet>({
        kind: StatefulSetKind,
        mapToOwn: (set, reader) => (Object.values(sets).includes(set.metadata.name) ? everyCloud(set, reader) : []),
        relevant: ({ spec, status }) => [spec?.replicas, status?.readyReplicas],
      }),
      input<ConfigMap>({
        kind: ConfigMapKind,
        mapToOwn: (map, reader) => (map.metadata.name === ovnOrdersName ? everyCloud(map, reader) : []),
        relevant: ({ data }) => data,
      }),
    ],
    outputs: [{ kind: ConfigMapKind, mode: 'shared', verbs: ['apply'] }],
    polls: [{ system: "members of OVN's databases by their internal names", everySeconds }],
    concurrency: 1,
    resyncSeconds: everySeconds,
    observe: (reader, deployment) => observe(reader, deployment, ports),
    plan: planOvn,
    steps: ovnSteps,
    status: () => undefined,
    events: ovnEvents,
  };
}

async function observe(reader: Reader, { metadata }: OpenStackDeployment, ports: OvnPorts): Promise<OvnWorld> {
  const { namespace = '', annotations = {} } = metadata;
  const databases: OvnDatabase[] = [];
  for (const side of sides) {
    const set = reader.get(StatefulSetKind, { namespace, name: sets[side] });
    if (set?.status?.observedGeneration === undefined) continue;
    const names = Array.from({ length: set.spec?.replicas ?? 0 }, (_, index) => `${sets[side]}-${index}`);
    const asked = names.map(async (name) => ({ name, report: await ports.askMember(side, name) }));
    databases.push({ side, members: await Promise.all(asked) });
  }
  ports.latest.note(metadata, reader.now, databases.map(databaseHealth));
  return {
    now: reader.now,
    namespace,
    databases,
    data: reader.get(ConfigMapKind, { namespace, name: ovnOrdersName })?.data ?? {},
    rebuildAsked: annotations[rebuildAnnotation],
    compactAsked: annotations[compactAnnotation],
  };
}

const ovnSteps: StepTable<OvnStep> = {
  write: {
    describe: ({ why }) => `write the ConfigMap ${ovnOrdersName}: ${why}`,
    run: async ({ namespace, data }, writer) => {
      const orders: ConfigMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: ovnOrdersName, namespace },
        data: { ...data },
      };
      await writer.apply(ConfigMapKind, orders, { force: true });
    },
  },
};

function everyCloud({ metadata }: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader
    .list(OpenStackDeploymentKind)
    .filter((cloud) => cloud.metadata.namespace === metadata.namespace)
    .map((cloud) => cloud.metadata);
}
