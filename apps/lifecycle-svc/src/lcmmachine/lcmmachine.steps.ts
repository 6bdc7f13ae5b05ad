import {
  LCMClusterStateKind,
  type LCMMachine,
  LCMMachineKind,
  type LCMMachineSpec,
  LCMMachineUpgradeStatusKind,
  type ObjectKey,
  type ObjectMeta,
  type StateItem,
  type UpgradeStages,
  annotations,
  apiVersionOf,
  configurationOf,
  labels,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { ChildClusters, MaintenanceAsked } from '../child/child-clusters.js';
import type { OutReason } from './lcmmachine.observe.js';
import { currentStage } from '../stages/stages.js';
import { clusterOf, drainNameOf } from './lcmmachine.out.js';

interface OnNode {
  readonly cluster: ObjectKey;
  readonly node: string;
}

export type LcmMachineStep =
  | {
      readonly type: 'give-items';
      readonly key: ObjectKey;
      readonly items: readonly StateItem[];
      /** What goes with them: release, agent, versions, a restart at the end. */
      readonly more: Partial<LCMMachineSpec>;
    }
  | { readonly type: 'begin-reboot'; readonly key: ObjectKey }
  | { readonly type: 'end-reboot'; readonly key: ObjectKey }
  | ({ readonly type: 'announce-leaving' } & OnNode)
  | ({ readonly type: 'request-maintenance'; readonly asked: MaintenanceAsked } & OnNode)
  | ({ readonly type: 'withdraw-maintenance' } & OnNode)
  | {
      readonly type: 'ask-drain';
      readonly machine: LCMMachine;
      readonly value: 'true' | 'false';
      readonly reason: OutReason;
    }
  | { readonly type: 'forget-drain'; readonly machine: LCMMachine }
  | ({ readonly type: 'delete-node' } & OnNode)
  | ({ readonly type: 'withdraw-leaving' } & OnNode)
  | { readonly type: 'tell-stages'; readonly machine: LCMMachine; readonly stages: UpgradeStages };

export function lcmMachineSteps(children: ChildClusters): StepTable<LcmMachineStep> {
  return {
    'give-items': {
      describe: ({ key, items }) =>
        `give the agent of ${key.name} its ${items.length} items, the last ${items.at(-1)?.name ?? 'none'}`,
      run: async ({ key, items, more }, writer) => {
        await writer.patch(LCMMachineKind, key, {
          spec: { stateItems: items, ...more },
        });
      },
    },
    'begin-reboot': {
      describe: ({ key }) => `ask for a restart of ${key.name}`,
      run: async ({ key }, writer) => {
        await writer.patch(LCMMachineKind, key, { spec: { rebootRequired: true } });
      },
    },
    'end-reboot': {
      describe: ({ key }) => `no longer ask for a restart of ${key.name}`,
      run: async ({ key }, writer) => {
        await writer.patch(LCMMachineKind, key, {
          metadata: { annotations: { [annotations.lcmGracefulReboot]: null } },
          spec: { rebootRequired: false },
        });
      },
    },
    'announce-leaving': {
      describe: ({ node }) => `announce to the workloads that node ${node} leaves`,
      run: ({ cluster, node }) => children.requestNodeDeletion(cluster, node),
    },
    'request-maintenance': {
      describe: ({ node, asked }) => `ask the workloads on node ${node} to make room, scope ${asked.scope}`,
      run: ({ cluster, node, asked }) => children.requestNodeMaintenance(cluster, node, asked),
    },
    'withdraw-maintenance': {
      describe: ({ node }) => `withdraw the request for the maintenance of node ${node}`,
      run: ({ cluster, node }) => children.withdrawNodeMaintenance(cluster, node),
    },
    'ask-drain': {
      describe: ({ machine, value, reason }) =>
        `${value === 'true' ? 'have' : 'no longer have'} the node of ${machine.metadata.name} drained (${reason})`,
      run: async ({ machine, value, reason }, writer) => {
        await writer.apply(LCMClusterStateKind, drainRequest(machine, value, reason), { force: true });
      },
    },
    'forget-drain': {
      describe: ({ machine }) => `forget the drain of the node of ${machine.metadata.name}`,
      run: ({ machine: { metadata } }, writer) =>
        writer.delete(LCMClusterStateKind, { namespace: metadata.namespace, name: drainNameOf(metadata.name) }),
    },
    'delete-node': {
      describe: ({ node }) => `delete node ${node}`,
      run: ({ cluster, node }) => children.deleteNode(cluster, node),
    },
    'withdraw-leaving': {
      describe: ({ node }) => `withdraw the announcement that node ${node} leaves`,
      run: ({ cluster, node }) => children.withdrawNodeDeletion(cluster, node),
    },
    'tell-stages': {
      describe: ({ machine, stages }) =>
        `show the update of ${machine.metadata.name} to ${stages.release} at: ${currentStage(stages)}`,
      run: async ({ machine, stages }, writer) => {
        await writer.apply(
          LCMMachineUpgradeStatusKind,
          configurationOf(LCMMachineUpgradeStatusKind, { metadata: ownedBy(machine), ...stages }),
          { force: true },
        );
      },
    },
  };
}

/** Goes with its LCMMachine. */
function drainRequest(machine: LCMMachine, value: 'true' | 'false', reason: OutReason) {
  const { name } = machine.metadata;
  return configurationOf(LCMClusterStateKind, {
    metadata: {
      ...ownedBy(machine),
      name: drainNameOf(name),
      annotations: { [annotations.clusterStateReason]: reason },
    },
    spec: { clusterName: clusterOf(machine).name, type: 'cordon-drain', arg: name, value },
  });
}

function ownedBy(machine: LCMMachine): ObjectMeta {
  const { namespace, name, uid } = machine.metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [labels.clusterName]: clusterOf(machine).name },
    ...(uid === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: apiVersionOf(LCMMachineKind), kind: LCMMachineKind.kind, name, uid }] }),
  };
}
