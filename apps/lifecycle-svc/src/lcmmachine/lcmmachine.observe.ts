import {
  type AgentConfig,
  type Cluster,
  ClusterKind,
  ClusterReleaseKind,
  ContainerRegistryKind,
  IpamHostKind,
  type LCMCluster,
  LCMClusterKind,
  type LCMClusterState,
  LCMClusterStateKind,
  type LCMMachine,
  LCMMachineKind,
  type LCMMachineUpgradeStatus,
  LCMMachineUpgradeStatusKind,
  type Lease,
  LeaseKind,
  type Machine,
  MachineKind,
  type Node,
  type NodeWorkloadLock,
  type ObjectKey,
  type Secret,
  SecretKind,
  annotations,
  ipamServices,
  keyOf,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { sha256Json } from '@keelson/std';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { clusterNameOf, partOf } from '../membership.js';
import { takesPart } from './lcmmachine.deletion.js';
import { drainNameOf } from './lcmmachine.out.js';
import { type ClusterPart, deploymentSecretOf, instanceNameOf, kubeconfigSecretOf } from '../names.js';

/** Everything the plan of an LCMMachine depends on. */
export interface LcmMachineWorld {
  readonly now: number;
  readonly machine: LCMMachine;
  /** The Machine it was made for; undefined when that is gone. */
  readonly owner: Machine | undefined;
  readonly part: ClusterPart;
  readonly cluster: Cluster | undefined;
  readonly lcmCluster: LCMCluster | undefined;
  /** The agent of the release that the cluster should be on. */
  readonly agent: AgentConfig | undefined;
  /** Domains of the registries that the cluster names; those that do not exist are left out. */
  readonly registries: readonly string[];
  /** Address in the LCM network by its IpamHost. */
  readonly nodeIP: string | undefined;
  readonly lease: Lease | undefined;
  /** The control plane: every control Machine of the cluster with its LCMMachine. */
  readonly control: readonly Member[];
  /** The workers, where only some may prepare at once. */
  readonly workers: readonly LCMMachine[];
  readonly deploymentSecret: string;
  /** Of the content of that Secret; undefined while it is not there. */
  readonly secretHash: string | undefined;
  readonly child: ChildView;
  readonly node: Node | undefined;
  /** Locks of workloads on the node: read anew before it is drained, else by the watch. */
  readonly locks: readonly NodeWorkloadLock[];
  /** The drain that was asked for. */
  readonly drain: Drain | undefined;
  /** How far its last update got, as it is shown. */
  readonly upgradeStatus: LCMMachineUpgradeStatus | undefined;
}

/** Why a node is taken out of use: the annotation lcm.mirantis.com/cluster-state-reason of its drain. */
export type OutReason = 'maintenance' | 'upgrade' | 'delete';

export interface Drain {
  readonly state: LCMClusterState;
  readonly reason: OutReason;
}

export interface Member {
  readonly machine: Machine;
  readonly lcmMachine: LCMMachine | undefined;
}

export async function observeLcmMachine(
  reader: Reader,
  machine: LCMMachine,
  children: ChildClusters,
): Promise<LcmMachineWorld> {
  const { namespace, name } = machine.metadata;
  const clusterName = clusterNameOf(machine) ?? machine.spec.clusterName ?? '';
  const clusterKey = { namespace, name: clusterName };
  const owner = reader.get(MachineKind, keyOf(machine));
  const part = owner === undefined ? (machine.spec.type === 'control' ? 'control' : 'worker') : partOf(owner);
  const cluster = reader.get(ClusterKind, clusterKey);
  const lcmCluster = reader.get(LCMClusterKind, clusterKey);
  const deploymentSecret = deploymentSecretOf(clusterName, part);
  const kubeconfig = textIn(reader.get(SecretKind, { namespace, name: kubeconfigSecretOf(clusterName) }), 'value');
  const child = kubeconfig === undefined ? unseen : await children.view(clusterKey, kubeconfig);
  const node = owner === undefined ? undefined : child.nodes.get(instanceNameOf(owner));
  const drain = drainOf(reader, machine);
  return {
    now: reader.now,
    machine,
    owner,
    part,
    cluster,
    lcmCluster,
    agent: agentOf(reader, lcmCluster),
    registries: registriesOf(reader, cluster),
    nodeIP: reader.get(IpamHostKind, { namespace, name })?.status?.serviceMap?.[ipamServices.lcm]?.[0]?.ipAddress,
    lease: reader.get(LeaseKind, keyOf(machine)),
    control: reader
      .byIndex(MachineKind, 'control', `${namespace ?? ''}/${clusterName}`)
      .map((one) => ({ machine: one, lcmMachine: reader.get(LCMMachineKind, keyOf(one)) })),
    workers:
      (lcmCluster?.spec.maxWorkerPrepareCount ?? 0) > 0
        ? reader
            .byIndex(LCMMachineKind, 'cluster', `${namespace ?? ''}/${clusterName}`)
            .filter((one) => one.spec.type === 'worker')
        : [],
    deploymentSecret,
    secretHash: hashOf(reader.get(SecretKind, { namespace, name: deploymentSecret })),
    child,
    node,
    locks: await locksOf({ machine, child, node, drain }, clusterKey, children),
    drain,
    upgradeStatus: reader.get(LCMMachineUpgradeStatusKind, keyOf(machine)),
  };
}

function drainOf(reader: Reader, { metadata: { namespace, name } }: LCMMachine): Drain | undefined {
  const state = reader.get(LCMClusterStateKind, { namespace, name: drainNameOf(name) });
  if (state?.spec.arg !== name || state.metadata.deletionTimestamp !== undefined) return undefined;
  const reason = state.metadata.annotations?.[annotations.clusterStateReason];
  return { state, reason: reason === 'delete' || reason === 'upgrade' ? reason : 'maintenance' };
}

/** The watch tells who holds the node; before it is drained on that word alone, the API is asked. */
async function locksOf(
  { machine, child, node, drain }: Pick<LcmMachineWorld, 'machine' | 'child' | 'node' | 'drain'>,
  cluster: ObjectKey,
  children: ChildClusters,
): Promise<readonly NodeWorkloadLock[]> {
  if (node === undefined || child.protocol === undefined || !child.contact.answers) return [];
  const { name } = node.metadata;
  const seen = child.protocol.nodeLocks(name);
  const isAsked = child.protocol.nodeRequest(name) !== undefined || child.protocol.isLeaving(name);
  const isLeaving = machine.spec.prepareDeletion === true;
  const isLetGo = (lock: NodeWorkloadLock): boolean =>
    lock.status?.state === 'inactive' || (isLeaving && !takesPart(lock));
  const mayDrain = isAsked && drain === undefined && seen.every(isLetGo);
  const isWanted =
    isLeaving || machine.spec.maintenance === true || child.protocol.nodeRequest(name)?.spec.release !== undefined;
  return mayDrain && isWanted ? children.locksOn(cluster, name) : seen;
}

function agentOf(reader: Reader, lcmCluster: LCMCluster | undefined): AgentConfig | undefined {
  return reader.list(ClusterReleaseKind).find(({ spec }) => spec.version === lcmCluster?.spec.release)?.spec.agent;
}

function hashOf(secret: Secret | undefined): string | undefined {
  if (secret === undefined) return undefined;
  const known = hashes.get(secret);
  if (known !== undefined) return known;
  const hash = sha256Json(secret.data ?? {}).slice(0, 16);
  if (Object.isFrozen(secret)) hashes.set(secret, hash);
  return hash;
}

/** Of Secrets from caches, which never change. */
const hashes = new WeakMap<Secret, string>();

function registriesOf(reader: Reader, cluster: Cluster | undefined): readonly string[] {
  const names = cluster?.spec.providerSpec.value?.containerRegistries ?? [];
  return names.flatMap((name) => {
    const registry = reader.get(ContainerRegistryKind, { namespace: cluster?.metadata.namespace, name });
    return registry === undefined ? [] : [registry.spec.domain];
  });
}
