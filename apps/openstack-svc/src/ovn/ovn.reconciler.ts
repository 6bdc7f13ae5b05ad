import {
  ConfigMapKind,
  CronJobKind,
  type Job,
  JobKind,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { hosts } from '../conventions/addresses.js';
import type { LatestChecks } from '../probes/latest.js';
import { namespaces } from '../names.js';
import { operate, type OperationStep } from '../operations/operation.js';
import { ovnOrdersName } from '../services/networking/backend.js';
import { northboundRefill } from '../services/networking/ovn/database-sync.js';
import type { AskMember, OvnSide } from './member-report.js';
import { type WriteStep, cloudsBeside, memoryMap, memoryMapWrites, writeSteps } from '../keepers/memory-map.js';
import { ovnEvents } from './ovn.events.js';
import { databaseHealth } from './ovn.health.js';
import { planOvn } from './ovn.plan.js';
import {
  compactAnnotation,
  type OvnDatabase,
  type OvnWorld,
  rebuildAnnotation,
  refillAnnotation,
} from './ovn.world.js';
import { withRefill } from './refill.js';

export interface OvnPorts {
  readonly askMember: AskMember;
  /** Told how the databases are: it becomes health. */
  readonly latest: LatestChecks;
}

const everySeconds = 60;
const sets: Readonly<Record<OvnSide, string>> = { nb: hosts.ovnNorthbound, sb: hosts.ovnSouthbound };
const sides = ['nb', 'sb'] as const satisfies readonly OvnSide[];

/** Asks the members of OVN's databases how they are, and brings back what has lost its majority. */
export function ovnReconciler(ports: OvnPorts): Reconciler<OpenStackDeployment, OvnWorld, WriteStep | OperationStep> {
  return {
    name: 'openstack/ovn',
    kind: OpenStackDeploymentKind,
    summary: "Asks the members of OVN's databases how they are, and brings back what has lost its majority.",
    inputs: [
      input<StatefulSet>({
        kind: StatefulSetKind,
        mapToOwn: (set, reader) => (Object.values(sets).includes(set.metadata.name) ? cloudsBeside(set, reader) : []),
        relevant: ({ spec, status }) => [spec?.replicas, status?.readyReplicas],
      }),
      input<Job>({ kind: JobKind, mapToOwn: ofRefill, relevant: ({ status }) => status?.conditions }),
      input<KubeObject>({ kind: CronJobKind, mapToOwn: ofRefill, relevant: ({ metadata }) => metadata.uid }),
      memoryMap(ovnOrdersName),
    ],
    outputs: [
      memoryMapWrites(ovnOrdersName),
      { kind: JobKind, mode: 'shared', verbs: ['create', 'delete'], namespaces: [namespaces.cloud] },
    ],
    polls: [{ system: "members of OVN's databases by their internal names", everySeconds }],
    concurrency: 1,
    holds: 'first',
    resyncSeconds: everySeconds,
    observe: (reader, deployment) => observe(reader, deployment, ports),
    plan: planOvn,
    steps: {
      ...writeSteps(ovnOrdersName),
      operate: { describe: ({ job, what }) => `run Job ${job.metadata.name}: ${what}`, run: operate },
    },
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
  const data = reader.get(ConfigMapKind, { namespace, name: ovnOrdersName })?.data ?? {};
  const checked = databases.map((database) => withRefill(databaseHealth(database), data));
  ports.latest.note(metadata, reader.now, checked);
  const refill = { namespace, name: northboundRefill };
  return {
    now: reader.now,
    namespace,
    databases,
    data,
    rebuildAsked: annotations[rebuildAnnotation],
    compactAsked: annotations[compactAnnotation],
    refillAsked: annotations[refillAnnotation],
    refill: { template: reader.get(CronJobKind, refill), job: reader.get(JobKind, refill) },
  };
}

function ofRefill(object: KubeObject, reader: Reader): readonly ObjectKey[] {
  return object.metadata.name === northboundRefill ? cloudsBeside(object, reader) : [];
}
