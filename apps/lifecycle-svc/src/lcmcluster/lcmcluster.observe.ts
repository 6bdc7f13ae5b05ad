import {
  type LCMCluster,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  SecretKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { kubeconfigSecretOf } from '../names.js';

export interface LcmClusterWorld {
  readonly lcmCluster: LCMCluster;
  readonly members: readonly LcmMember[];
  readonly child: ChildView;
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
  return {
    lcmCluster,
    members: reader.byIndex(LCMMachineKind, 'cluster', keyText(key)).flatMap((lcmMachine) => {
      const machine = reader.get(MachineKind, keyOf(lcmMachine));
      return machine === undefined ? [] : [{ machine, lcmMachine }];
    }),
    child: kubeconfig === undefined ? unseen : await children.view(key, kubeconfig),
  };
}
