import { type LCMClusterState, LCMClusterStateKind, MachineKind, type ObjectKey, SecretKind } from '@keelson/api';
import { type Announcement, type PlanResult, type Reader, type Reconciler, input } from '@keelson/reconcile';
import type { ChildClusters } from '../child/child-clusters.js';
import { instanceNameOf } from '../names.js';
import { type LcmClusterStateWorld, observeLcmClusterState } from './lcmclusterstate.observe.js';
import { planLcmClusterState } from './lcmclusterstate.plan.js';
import { lcmClusterStateMachine } from './lcmclusterstate.states.js';
import { failedAttempt, lcmClusterStateStatus } from './lcmclusterstate.status.js';
import { type LcmClusterStateStep, lcmClusterStateSteps } from './lcmclusterstate.steps.js';
import { Refusals } from './refusals.js';

/** Cordons and drains the node of a machine within its disruption budgets, for whatever reason that is asked, and back. */
export function lcmClusterStateReconciler(
  children: ChildClusters,
): Reconciler<LCMClusterState, LcmClusterStateWorld, LcmClusterStateStep> {
  const refusals = new Refusals();
  return {
    name: 'lifecycle/lcmclusterstate',
    kind: LCMClusterStateKind,
    summary:
      'Cordons and drains the node of a machine within its disruption budgets, for whatever reason that is asked, and back.',
    inputs: [input({ kind: MachineKind, mapToOwn: () => [] }), input({ kind: SecretKind, mapToOwn: () => [] })],
    outputs: [{ kind: LCMClusterStateKind, mode: 'shared', verbs: ['status'] }],
    polls: [{ system: "the cluster's Kubernetes API; a held eviction is tried every few seconds", everySeconds: 60 }],
    wokenBy: [
      {
        system: 'the pods of nodes that are drained, when one has gone',
        subscribe: (wake) => children.onPodGone((cluster, node) => wake((reader) => drainsOf(reader, cluster, node))),
      },
    ],
    concurrency: 16,
    resyncSeconds: 60,
    machine: lcmClusterStateMachine,
    observe: (reader, state) => observeLcmClusterState(reader, state, { children, refusals }),
    plan: planLcmClusterState,
    steps: lcmClusterStateSteps(children, refusals),
    status: lcmClusterStateStatus,
    events: drainEvents,
  };
}

/** What holds a drain, and every attempt that failed. */
function drainEvents(world: LcmClusterStateWorld, result: PlanResult<LcmClusterStateStep>): readonly Announcement[] {
  const { outcome } = result;
  const status = lcmClusterStateStatus(world, result);
  const failed = status === undefined ? undefined : failedAttempt({ ...world.state, status });
  return [
    ...(outcome.type === 'waiting' && outcome.reason === 'DisruptionBudget'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
    ...(failed === undefined ? [] : [{ type: 'Warning', reason: 'DrainFailed', message: failed } as const]),
  ];
}

function drainsOf(reader: Reader, cluster: ObjectKey, node: string): readonly ObjectKey[] {
  return reader.list(LCMClusterStateKind, cluster.namespace).flatMap(({ metadata, spec }) => {
    const machine = reader.get(MachineKind, { namespace: metadata.namespace, name: spec.arg });
    return machine !== undefined && spec.clusterName === cluster.name && instanceNameOf(machine) === node
      ? [{ namespace: metadata.namespace, name: metadata.name }]
      : [];
  });
}
