import { type ObjectKey, annotations } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { isFailure, transient } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import { cordonAnnotation, mustGo } from './lcmclusterstate.plan.js';
import { type Refusal, type Refusals, refusalOf } from './refusals.js';

interface OnNode {
  readonly cluster: ObjectKey;
  readonly node: string;
}

export type LcmClusterStateStep =
  | ({ readonly type: 'cordon'; readonly mark: string } & OnNode)
  | ({ readonly type: 'evict'; readonly pods: readonly ObjectKey[] } & OnNode)
  | ({ readonly type: 'mark-drained' } & OnNode)
  | ({ readonly type: 'uncordon'; readonly keepsCordon: boolean } & OnNode);

/** What a drain of before says on a node. */
const undrained = { [annotations.nodeDrained]: null, [annotations.csiDrained]: null };

export function lcmClusterStateSteps(children: ChildClusters, refusals: Refusals): StepTable<LcmClusterStateStep> {
  return {
    cordon: {
      describe: ({ node }) => `cordon node ${node}`,
      run: ({ cluster, node, mark }) =>
        children.patchNode(cluster, node, {
          metadata: { annotations: { ...undrained, [cordonAnnotation]: mark } },
          spec: { unschedulable: true },
        }),
    },
    evict: {
      describe: ({ node, pods }) => `evict ${pods.length} pods from node ${node}`,
      run: async ({ cluster, node, pods }) => refusals.set(cluster, node, await evict(children, cluster, pods)),
    },
    'mark-drained': {
      describe: ({ node }) => `say on node ${node} that it is drained`,
      run: async ({ cluster, node }) => {
        const left = (await children.podsNowOn(cluster, node)).filter(mustGo);
        if (left.length > 0) throw transient(`pods have come to node ${node} meanwhile`, { reason: 'Draining' });
        await children.patchNode(cluster, node, { metadata: { annotations: { [annotations.nodeDrained]: 'true' } } });
      },
    },
    uncordon: {
      describe: ({ node, keepsCordon }) =>
        keepsCordon ? `give node ${node} back, cordoned by an operator as it was` : `uncordon node ${node}`,
      run: ({ cluster, node, keepsCordon }) =>
        children.patchNode(cluster, node, {
          metadata: { annotations: { ...undrained, [cordonAnnotation]: null } },
          ...(keepsCordon ? {} : { spec: { unschedulable: null } }),
        }),
    },
  };
}

/** Asks for every pod, whatever the answers; gives back those that a disruption budget holds. */
async function evict(
  children: ChildClusters,
  cluster: ObjectKey,
  pods: readonly ObjectKey[],
): Promise<readonly Refusal[]> {
  const held: Refusal[] = [];
  for (const pod of pods) {
    try {
      await children.evict(cluster, pod);
    } catch (error) {
      if (isFailure(error, 'notFound')) continue;
      if (!isFailure(error, 'transient') || error.reason !== 'DisruptionBudget') throw error;
      held.push(refusalOf(pod, error.message));
    }
  }
  return held;
}
