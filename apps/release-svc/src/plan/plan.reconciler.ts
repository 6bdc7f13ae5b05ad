import {
  type Cluster,
  ClusterKind,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type LCMCluster,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  type License,
  LicenseKind,
  MachineKind,
  type KubeObject,
  type ObjectKey,
  UpdateAutoPauseKind,
  UpdateGroupKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { openstackNews } from '@keelson/contracts';
import { type Reader, type Reconciler, input } from '@keelson/reconcile';
import { excessOf } from '../license/usage.js';
import { clusterIndexOf, clusterNameOf } from '../names.js';
import type { PastSteps } from '../past/past-steps.js';
import type { UpdateTraces } from '../timeline/update-trace.js';
import { updateEvents } from './plan.events.js';
import { observeUpdate, type UpdateWorld } from './plan.observe.js';
import { planUpdate } from './plan.plan.js';
import { hasSteps } from './plan.standing.js';
import { updateMachine } from './plan.states.js';
import { updateStatus } from './plan.status.js';
import { type UpdateStepToDo, updateSteps } from './plan.steps.js';

/** Brings the commenced steps of an update about, one after the other, by asking their owners. */
export function updatePlanReconciler(
  bus: Bus,
  past: PastSteps,
  traces: UpdateTraces,
): Reconciler<ClusterUpdatePlan, UpdateWorld, UpdateStepToDo> {
  return {
    name: 'release/plan',
    kind: ClusterUpdatePlanKind,
    summary: 'Brings the commenced steps of an update about, one after the other, by asking their owners.',
    inputs: [
      input<Cluster>({
        kind: ClusterKind,
        mapToOwn: (cluster, reader) => plansOf(keyOf(cluster), reader),
        relevant: ({ spec, status }) => [
          spec.providerSpec.value?.release,
          spec.providerSpec.value?.maintenance,
          status?.providerStatus?.ready,
          status?.providerStatus?.maintenance,
          status?.providerStatus?.releaseRefs,
        ],
      }),
      input({
        kind: ClusterReleaseKind,
        mapToOwn: ({ metadata }, reader) => waitingFor(reader, ({ spec }) => spec.target === metadata.name),
        relevant: () => undefined,
      }),
      input({
        kind: ClusterUpdatePlanKind,
        mapToOwn: (plan, reader) => plansOf({ namespace: plan.metadata.namespace, name: plan.spec.cluster }, reader),
        relevant: (plan) => plan.status?.status,
        indices: { cluster: (plan) => [keyText({ namespace: plan.metadata.namespace, name: plan.spec.cluster })] },
      }),
      // What lifecycle-svc answers from: it is asked when that changes, and else hardly ever.
      input<LCMCluster>({
        kind: LCMClusterKind,
        mapToOwn: (lcmCluster, reader) => plansOf(keyOf(lcmCluster), reader),
        relevant: ({ metadata, spec, status }) => [
          metadata.annotations,
          spec.release,
          status?.release,
          status?.progress,
          status?.lcmOperationStuckMessage,
        ],
      }),
      input<LCMMachine>({
        kind: LCMMachineKind,
        mapToOwn: (machine, reader) => offered(reader, clusterOf(machine)),
        relevant: ({ spec, status }) => [spec.distribution, status?.distribution],
        indices: { cluster: (machine) => [keyText(clusterOf(machine))] },
      }),
      input({ kind: UpdateGroupKind, mapToOwn: ofCluster, indices: { cluster: clusterIndexOf } }),
      input({ kind: UpdateAutoPauseKind, mapToOwn: (pause, reader) => plansOf(keyOf(pause), reader) }),
      input<License>({
        kind: LicenseKind,
        mapToOwn: (_license, reader) => waitingFor(reader, () => true),
        relevant: ({ status = {} }) => [status.expired === true, excessOf(status)],
      }),
      input({ kind: MachineKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
    ],
    outputs: [
      { kind: ClusterUpdatePlanKind, mode: 'shared', verbs: ['patch', 'status'] },
      { kind: ClusterKind, mode: 'shared', verbs: ['patch'] },
    ],
    hears: Object.values(openstackNews.deployment).map((news) => ({
      news,
      mapToOwn: (_cloud, reader) => underWay(reader),
    })),
    polls: [{ system: 'the services that bring steps about, less often where news of them comes', everySeconds: 15 }],
    concurrency: 4,
    resyncSeconds: 60,
    machine: updateMachine,
    observe: (reader, plan) => observeUpdate(reader, plan, { bus, past, traces }),
    plan: planUpdate,
    steps: updateSteps(bus, past, traces),
    status: updateStatus,
    events: updateEvents,
  };
}

/** A cloud lives in a cluster of which its news say nothing, and few updates are under way at once. */
function underWay(reader: Reader): readonly ObjectKey[] {
  return reader
    .list(ClusterUpdatePlanKind)
    .filter(({ status }) => status?.status === 'InProgress' || status?.status === 'Failed')
    .map(keyOf);
}

/** Plans that somebody has commenced and of which nothing has begun. */
function waitingFor(reader: Reader, is: (plan: ClusterUpdatePlan) => boolean): readonly ObjectKey[] {
  return reader
    .list(ClusterUpdatePlanKind)
    .filter((plan) => is(plan) && !hasSteps(plan) && plan.spec.steps.some(({ commence }) => commence))
    .map(keyOf);
}

const clusterOf = ({ metadata: { namespace }, spec }: LCMMachine): ObjectKey => ({
  namespace,
  name: spec.clusterName ?? '',
});

/** Plans of a cluster of which nothing has begun: whether their targets fit is still of concern. */
function offered(reader: Reader, cluster: ObjectKey): readonly ObjectKey[] {
  return reader
    .byIndex(ClusterUpdatePlanKind, 'cluster', keyText(cluster))
    .filter((plan) => !hasSteps(plan))
    .map(keyOf);
}

function plansOf(cluster: ObjectKey, reader: Reader): readonly ObjectKey[] {
  return reader.byIndex(ClusterUpdatePlanKind, 'cluster', keyText(cluster)).map(keyOf);
}

function ofCluster(object: KubeObject, reader: Reader): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : plansOf({ namespace: object.metadata.namespace, name }, reader);
}
