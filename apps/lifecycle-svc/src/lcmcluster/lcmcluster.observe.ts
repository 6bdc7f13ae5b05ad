import {
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type ClusterWorkloadLock,
  type LCMCluster,
  type LCMClusterUpgradeStatus,
  LCMClusterUpgradeStatusKind,
  type LCMMachine,
  LCMMachineKind,
  type LCMMachineUpgradeStatus,
  LCMMachineUpgradeStatusKind,
  type Machine,
  MachineKind,
  type ObjectKey,
  SecretKind,
  type UpdateGroup,
  UpdateGroupKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { kubeconfigSecretOf } from '../names.js';
import { updateTurnsOf } from './lcmcluster.turn.js';

export interface LcmClusterWorld {
  readonly now: number;
  readonly lcmCluster: LCMCluster;
  readonly members: readonly LcmMember[];
  readonly child: ChildView;
  /** Update groups of the cluster. */
  readonly groups: readonly UpdateGroup[];
  /** The plan of the update that is asked for, where there is one. */
  readonly updatePlan: ClusterUpdatePlan | undefined;
  /** Locks of workloads of the whole cluster: read anew before it is worked on, else by the watch. */
  readonly locks: readonly ClusterWorkloadLock[];
  /** How far its last update got, as it is shown. */
  readonly upgradeStatus: LCMClusterUpgradeStatus | undefined;
  /** How the last updates of its machines went, as they are shown. */
  readonly pastUpdates: readonly LCMMachineUpgradeStatus[];
}

/** A machine of the cluster and what its agent has to do. */
export interface LcmMember {
  readonly machine: Machine;
  readonly lcmMachine: LCMMachine;
}

export async function observeLcmCluster(
  reader: Reader,
  lcmCluster: LCMCluster,
  children: ChildClusters,
): Promise<LcmClusterWorld> {
  const key = keyOf(lcmCluster);
  const kubeconfig = textIn(
    reader.get(SecretKind, { namespace: key.namespace, name: kubeconfigSecretOf(key.name) }),
    'value',
  );
  const child = kubeconfig === undefined ? unseen : await children.view(key, kubeconfig);
  return {
    now: reader.now,
    lcmCluster,
    members: reader.byIndex(LCMMachineKind, 'cluster', keyText(key)).flatMap((lcmMachine) => {
      const machine = reader.get(MachineKind, keyOf(lcmMachine));
      return machine === undefined ? [] : [{ machine, lcmMachine }];
    }),
    child,
    groups: reader.byIndex(UpdateGroupKind, 'cluster', keyText(key)),
    updatePlan: planOf(reader, key),
    locks: await locksOf(lcmCluster, child, children),
    upgradeStatus: reader.get(LCMClusterUpgradeStatusKind, key),
    pastUpdates: reader.byIndex(LCMMachineUpgradeStatusKind, 'cluster', keyText(key)),
  };
}

function planOf(reader: Reader, cluster: ObjectKey): ClusterUpdatePlan | undefined {
  const target = reader.get(ClusterKind, cluster)?.spec.providerSpec.value?.release;
  return reader.byIndex(ClusterUpdatePlanKind, 'cluster', keyText(cluster)).find(({ spec }) => spec.target === target);
}

/** The watch tells who holds the cluster; before the first node is touched on that word alone, the API is asked. */
async function locksOf(
  lcmCluster: LCMCluster,
  { protocol, contact }: ChildView,
  children: ChildClusters,
): Promise<readonly ClusterWorkloadLock[]> {
  if (protocol === undefined || !contact.answers) return [];
  const seen = protocol.clusterLocks();
  const isUpdated = lcmCluster.status?.release !== undefined && lcmCluster.status.release !== lcmCluster.spec.release;
  const isAsked =
    (lcmCluster.spec.maintenance === true && lcmCluster.status?.maintenance !== true) ||
    (isUpdated && updateTurnsOf(lcmCluster).length === 0);
  const isFree = protocol.clusterRequest() !== undefined && seen.every((lock) => lock.status?.state === 'inactive');
  return isAsked && isFree ? children.clusterLocks(keyOf(lcmCluster)) : seen;
}
