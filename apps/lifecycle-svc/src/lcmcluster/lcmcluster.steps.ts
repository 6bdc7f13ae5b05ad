import {
  type LCMCluster,
  LCMClusterKind,
  LCMClusterUpgradeStatusKind,
  type ObjectKey,
  type UpgradeStages,
  apiVersionOf,
  configurationOf,
  keyOf,
  keyText,
  labels,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { ChildClusters, MaintenanceAsked } from '../child/child-clusters.js';
import { currentStage } from '../stages/stages.js';
import {
  type Turn,
  type UpdateTurn,
  turnAnnotation,
  turnText,
  updateTurnsAnnotation,
  updateTurnsText,
} from './lcmcluster.turn.js';

export type LcmClusterStep =
  | {
      readonly type: 'hand-turn';
      readonly key: ObjectKey;
      readonly resourceVersion: string;
      readonly turn: Turn;
    }
  | {
      readonly type: 'hand-update-turns';
      readonly key: ObjectKey;
      readonly resourceVersion: string;
      readonly turns: readonly UpdateTurn[];
    }
  | { readonly type: 'request-maintenance'; readonly cluster: ObjectKey; readonly asked: MaintenanceAsked }
  | { readonly type: 'withdraw-maintenance'; readonly cluster: ObjectKey }
  | { readonly type: 'tell-stages'; readonly lcmCluster: LCMCluster; readonly stages: UpgradeStages };

export function lcmClusterSteps(children: ChildClusters): StepTable<LcmClusterStep> {
  return {
    'hand-turn': {
      describe: ({ key, turn }) =>
        `hand the turn to deploy in ${keyText(key)} to ${turn.machine}, which will ${turn.role}`,
      run: async ({ key, resourceVersion, turn }, writer) => {
        await writer.patch(LCMClusterKind, key, {
          metadata: { resourceVersion, annotations: { [turnAnnotation]: turnText(turn) } },
        });
      },
    },
    'hand-update-turns': {
      describe: ({ key, turns }) =>
        `let ${turns.length === 0 ? 'no machine' : turns.map(({ machine }) => machine).join(', ')} of ${keyText(key)} be updated now`,
      run: async ({ key, resourceVersion, turns }, writer) => {
        await writer.patch(LCMClusterKind, key, {
          metadata: { resourceVersion, annotations: { [updateTurnsAnnotation]: updateTurnsText(turns) } },
        });
      },
    },
    'request-maintenance': {
      describe: ({ cluster }) => `ask the workloads of ${keyText(cluster)} to be ready for work on it`,
      run: ({ cluster, asked }) => children.requestMaintenance(cluster, asked),
    },
    'withdraw-maintenance': {
      describe: ({ cluster }) => `withdraw the request for the maintenance of ${keyText(cluster)}`,
      run: ({ cluster }) => children.withdrawMaintenance(cluster),
    },
    'tell-stages': {
      describe: ({ lcmCluster, stages }) =>
        `show the update of ${keyText(keyOf(lcmCluster))} to ${stages.release} at: ${currentStage(stages)}`,
      run: async ({ lcmCluster, stages }, writer) => {
        await writer.apply(LCMClusterUpgradeStatusKind, shown(lcmCluster, stages), { force: true });
      },
    },
  };
}

/** Goes with its LCMCluster. */
function shown({ metadata: { namespace, name, uid } }: LCMCluster, stages: UpgradeStages) {
  const owner = { apiVersion: apiVersionOf(LCMClusterKind), kind: LCMClusterKind.kind, name };
  return configurationOf(LCMClusterUpgradeStatusKind, {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [labels.clusterName]: name },
      ...(uid === undefined ? {} : { ownerReferences: [{ ...owner, uid }] }),
    },
    ...stages,
  });
}
