import {
  ClusterKind,
  type GracefulRebootRequest,
  GracefulRebootRequestKind,
  type KubeObject,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  MachineKind,
  type ObjectKey,
  keyOf,
} from '@keelson/api';
import { type Reconciler, input } from '@keelson/reconcile';
import { clusterIndexOf, clusterNameOf } from '../membership.js';
import { type RebootWorld, observeReboot } from './gracefulreboot.observe.js';
import { planReboot } from './gracefulreboot.plan.js';
import { rebootMachine } from './gracefulreboot.states.js';
import { rebootStatus } from './gracefulreboot.status.js';
import { type RebootStep, rebootSteps } from './gracefulreboot.steps.js';

/** Has hosts of a cluster restarted in the order of an update. Source: maintenance-and-updates.md, sequence C. */
export function gracefulRebootReconciler(): Reconciler<GracefulRebootRequest, RebootWorld, RebootStep> {
  return {
    name: 'lifecycle/gracefulreboot',
    kind: GracefulRebootRequestKind,
    summary: 'Has hosts of a cluster restarted in the order of an update, each drained before and put back after.',
    inputs: [
      input({ kind: ClusterKind, mapToOwn: (cluster) => [keyOf(cluster)] }),
      input({ kind: LCMClusterKind, mapToOwn: (lcmCluster) => [keyOf(lcmCluster)] }),
      input({ kind: MachineKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
      input<LCMMachine>({
        kind: LCMMachineKind,
        mapToOwn: requestOf,
        relevant: ({ metadata, status }) => [metadata, status?.progress],
      }),
    ],
    outputs: [
      { kind: GracefulRebootRequestKind, mode: 'exclusive', verbs: ['patch', 'delete', 'status'] },
      { kind: LCMMachineKind, mode: 'shared', verbs: ['patch'] },
    ],
    concurrency: 4,
    resyncSeconds: 60,
    machine: rebootMachine,
    observe: async (reader, request) => observeReboot(reader, request),
    plan: planReboot,
    steps: rebootSteps,
    status: rebootStatus,
  };
}

/** Its name is that of the cluster. */
function requestOf(object: KubeObject): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : [{ namespace: object.metadata.namespace, name }];
}
