import {
  type Cluster,
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type ClusterWorkloadLock,
  type HelmBundle,
  HelmBundleKind,
  type LCMCluster,
  type LCMClusterUpgradeStatus,
  LCMClusterUpgradeStatusKind,
  type LCMMachine,
  LCMMachineKind,
  type LCMMachineUpgradeStatus,
  LCMMachineUpgradeStatusKind,
  type Machine,
  MachineKind,
  SecretKind,
  type UpdateGroup,
  UpdateGroupKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { isManagement } from '../cluster/cluster.hosted.js';
import { textIn } from '../cluster/cluster.pki.js';
import { isRebootAsked } from '../lcmmachine/lcmmachine.update.js';
import { kubeconfigSecretOf } from '../names.js';
import type { LatestRooms, Rooms } from './lcmcluster.room.js';
import { updateTurnsOf } from './lcmcluster.turn.js';

/** What is asked beside the caches. */
export interface LcmClusterPorts {
  readonly children: ChildClusters;
  readonly rooms: LatestRooms;
}

export interface LcmClusterWorld {
  readonly now: number;
  readonly lcmCluster: LCMCluster;
  readonly members: readonly LcmMember[];
  readonly child: ChildView;
  /** Whether the Helm controller has looked into the cluster. */
  readonly hasHelm: boolean;
  /** Update groups of the cluster. */
  readonly groups: readonly UpdateGroup[];
  /** Machines whose group does not say so are restarted where their update asks for it: those of the management cluster. */
  readonly rebootsByDefault: boolean;
  /** The plan of the update that is asked for, where there is one. */
  readonly updatePlan: ClusterUpdatePlan | undefined;
  /** The cluster is on its way to another release, and goes there by a plan. */
  readonly needsPlan: boolean;
  /** Locks of workloads of the whole cluster: read anew before it is worked on, else by the watch. */
  readonly locks: readonly ClusterWorkloadLock[];
  /** How far its last update got, as it is shown. */
  readonly upgradeStatus: LCMClusterUpgradeStatus | undefined;
  /** How the last updates of its machines went, as they are shown. */
  readonly pastUpdates: readonly LCMMachineUpgradeStatus[];
  /** Room for instances on its nodes; undefined while it is not updated. */
  readonly rooms: Rooms | undefined;
}

/** A machine of the cluster and what its agent has to do. */
export interface LcmMember {
  readonly machine: Machine;
  readonly lcmMachine: LCMMachine;
}

export async function observeLcmCluster(
  reader: Reader,
  lcmCluster: LCMCluster,
  { children, rooms }: LcmClusterPorts,
): Promise<LcmClusterWorld> {
  const key = keyOf(lcmCluster);
  const cluster = reader.get(ClusterKind, key);
  const kubeconfig = textIn(
    reader.get(SecretKind, { namespace: key.namespace, name: kubeconfigSecretOf(key.name) }),
    'value',
  );
  const child = kubeconfig === undefined ? unseen : await children.view(key, kubeconfig);
  const members = reader.byIndex(LCMMachineKind, 'cluster', keyText(key)).flatMap((lcmMachine) => {
    const machine = reader.get(MachineKind, keyOf(lcmMachine));
    return machine === undefined ? [] : [{ machine, lcmMachine }];
  });
  return {
    now: reader.now,
    lcmCluster,
    members,
    child,
    hasHelm: isLookedInto(reader.get(HelmBundleKind, key)),
    groups: reader.byIndex(UpdateGroupKind, 'cluster', keyText(key)),
    updatePlan: planOf(reader, cluster),
    needsPlan: cluster !== undefined && isOnItsWay(cluster, lcmCluster) && !isManagement(cluster),
    locks: await locksOf(lcmCluster, child, children),
    upgradeStatus: reader.get(LCMClusterUpgradeStatusKind, key),
    rooms: isWorkedOn(lcmCluster, members) ? await rooms.of(key) : undefined,
    rebootsByDefault: cluster !== undefined && isManagement(cluster),
    pastUpdates: reader.byIndex(LCMMachineUpgradeStatusKind, 'cluster', keyText(key)),
  };
}

function isLookedInto(bundle: HelmBundle | undefined): boolean {
  const { releaseStatuses, progress } = bundle?.status ?? {};
  return (
    releaseStatuses !== undefined &&
    progress?.reason !== 'APISilent' &&
    Object.values(releaseStatuses).every(({ status }) => status !== 'unknown')
  );
}

/** True while a machine is on another release, or restarts: only then anybody has to make room. */
function isWorkedOn(lcmCluster: LCMCluster, members: readonly LcmMember[]): boolean {
  const { release } = lcmCluster.spec;
  const isOther = ({ lcmMachine: { spec } }: LcmMember): boolean =>
    spec.release !== undefined && spec.release !== release;
  return (
    updateTurnsOf(lcmCluster).length > 0 ||
    members.some((member) => isOther(member) || isRebootAsked(member.lcmMachine))
  );
}

function planOf(reader: Reader, cluster: Cluster | undefined): ClusterUpdatePlan | undefined {
  if (cluster === undefined) return undefined;
  const target = cluster.spec.providerSpec.value?.release;
  const plans = reader.byIndex(ClusterUpdatePlanKind, 'cluster', keyText(keyOf(cluster)));
  return plans.find(({ spec }) => spec.target === target);
}

/** Its Cluster is on one release and it should be on another. A first release is no update. */
function isOnItsWay({ status }: Cluster, { spec }: LCMCluster): boolean {
  const current = status?.providerStatus?.releaseRefs?.current?.version;
  return current !== undefined && spec.release !== undefined && current !== spec.release;
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
