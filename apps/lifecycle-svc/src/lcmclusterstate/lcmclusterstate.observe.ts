import {
  type LCMClusterState,
  type Machine,
  MachineKind,
  type Node,
  type ObjectKey,
  type Pod,
  SecretKind,
  keyText,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { isCephController } from '../cluster/cluster.ceph.js';
import { textIn } from '../cluster/cluster.pki.js';
import { instanceNameOf, kubeconfigSecretOf } from '../names.js';
import type { Refusal, Refusals } from './refusals.js';

/** Everything the plan of an LCMClusterState depends on. */
export interface LcmClusterStateWorld {
  readonly now: number;
  readonly state: LCMClusterState;
  readonly cluster: ObjectKey;
  /** The machine that `spec.arg` names. */
  readonly machine: Machine | undefined;
  readonly child: ChildView;
  readonly node: Node | undefined;
  /** On the node, by their watch, while it is cordoned and not yet drained. */
  readonly pods: readonly Pod[];
  /** Of those the ones that a disruption budget holds, by the last answers. */
  readonly refused: readonly Refusal[];
  /** Whether the controller of Ceph has a lock on the node: it then detaches volumes once the node is drained. */
  readonly isOfCeph: boolean;
}

export async function observeLcmClusterState(
  reader: Reader,
  state: LCMClusterState,
  { children, refusals }: { readonly children: ChildClusters; readonly refusals: Refusals },
): Promise<LcmClusterStateWorld> {
  const { namespace } = state.metadata;
  const cluster = { namespace, name: state.spec.clusterName ?? '' };
  const kubeconfig = textIn(reader.get(SecretKind, { namespace, name: kubeconfigSecretOf(cluster.name) }), 'value');
  const child = kubeconfig === undefined ? unseen : await children.view(cluster, kubeconfig);
  const machine = reader.get(MachineKind, { namespace, name: state.spec.arg });
  const node = machine === undefined ? undefined : child.nodes.get(instanceNameOf(machine));
  const isDraining =
    state.spec.value === 'true' && state.status?.value !== 'true' && node?.spec?.unschedulable === true;
  const pods = isDraining && child.contact.answers ? await children.podsOn(cluster, node.metadata.name) : [];
  const here = new Set(pods.map((pod) => keyText(pod.metadata)));
  return {
    now: reader.now,
    state,
    cluster,
    machine,
    child,
    node,
    pods,
    refused: refusals.of(cluster, node?.metadata.name ?? '').filter(({ pod }) => here.has(keyText(pod))),
    isOfCeph:
      node !== undefined &&
      child.protocol?.nodeLocks(node.metadata.name).some(({ spec }) => isCephController(spec.controllerName)) === true,
  };
}
