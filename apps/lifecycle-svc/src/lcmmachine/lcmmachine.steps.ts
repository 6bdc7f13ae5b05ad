import { LCMMachineKind, type ObjectKey, type StateItem, keyText } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { isFailure, transient } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import { named } from '../membership.js';
import { leavingAnnotation } from './lcmmachine.drain.js';

interface OnNode {
  readonly cluster: ObjectKey;
  readonly node: string;
}

export type LcmMachineStep =
  | {
      readonly type: 'give-items';
      readonly key: ObjectKey;
      readonly items: readonly StateItem[];
      readonly ucpVersion?: string;
    }
  | ({ readonly type: 'announce-leaving' } & OnNode)
  | ({ readonly type: 'cordon'; readonly at: string } & OnNode)
  | ({ readonly type: 'evict'; readonly pods: readonly ObjectKey[] } & OnNode)
  | ({ readonly type: 'delete-node' } & OnNode)
  | ({ readonly type: 'uncordon' } & OnNode)
  | ({ readonly type: 'withdraw-leaving' } & OnNode);

export function lcmMachineSteps(children: ChildClusters): StepTable<LcmMachineStep> {
  return {
    'give-items': {
      describe: ({ key, items }) =>
        `give the agent of ${key.name} its ${items.length} items, the last ${items.at(-1)?.name ?? 'none'}`,
      run: async ({ key, items, ucpVersion }, writer) => {
        await writer.patch(LCMMachineKind, key, {
          spec: { stateItems: items, ...(ucpVersion === undefined ? {} : { components: { ucpVersion } }) },
        });
      },
    },
    'announce-leaving': {
      describe: ({ node }) => `announce to the workloads that node ${node} leaves`,
      run: ({ cluster, node }) => children.requestNodeDeletion(cluster, node),
    },
    cordon: {
      describe: ({ node }) => `cordon node ${node}`,
      run: ({ cluster, node, at }) =>
        children.patchNode(cluster, node, {
          metadata: { annotations: { [leavingAnnotation]: at } },
          spec: { unschedulable: true },
        }),
    },
    evict: {
      describe: ({ node, pods }) => `evict ${pods.length} pods from node ${node}`,
      run: ({ cluster, node, pods }) => evict(children, cluster, node, pods),
    },
    'delete-node': {
      describe: ({ node }) => `delete node ${node}`,
      run: ({ cluster, node }) => children.deleteNode(cluster, node),
    },
    uncordon: {
      describe: ({ node }) => `uncordon node ${node}`,
      run: ({ cluster, node }) =>
        children.patchNode(cluster, node, {
          metadata: { annotations: { [leavingAnnotation]: null } },
          spec: { unschedulable: null },
        }),
    },
    'withdraw-leaving': {
      describe: ({ node }) => `withdraw the announcement that node ${node} leaves`,
      run: ({ cluster, node }) => children.withdrawNodeDeletion(cluster, node),
    },
  };
}

/** Asks for every pod, whatever the answers; those that a disruption budget holds are named, to be asked for again. */
async function evict(
  children: ChildClusters,
  cluster: ObjectKey,
  node: string,
  pods: readonly ObjectKey[],
): Promise<void> {
  const held: string[] = [];
  for (const pod of pods) {
    try {
      await children.evict(cluster, pod);
    } catch (error) {
      if (isFailure(error, 'notFound')) continue;
      if (!isFailure(error, 'transient') || error.reason !== 'DisruptionBudget') throw error;
      held.push(keyText(pod));
    }
  }
  if (held.length > 0) {
    throw transient(`node ${node} cannot be drained yet: a disruption budget holds the pods ${named(held)}`, {
      reason: 'DisruptionBudget',
      retryAfterSeconds: 5,
    });
  }
}
