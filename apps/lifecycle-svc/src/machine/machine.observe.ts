import {
  type BareMetalHost,
  BareMetalHostKind,
  type Cluster,
  ClusterKind,
  type ClusterRelease,
  ClusterReleaseKind,
  type IpamHost,
  IpamHostKind,
  type LCMCluster,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  type Node,
  type PublicKey,
  PublicKeyKind,
  type Secret,
  SecretKind,
  annotations,
  keyOf,
  parseKey,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { clusterNameOf, partOf, providerSpecOf } from '../membership.js';
import { type ClusterPart, cloudInitSecretOf, instanceNameOf, kubeconfigSecretOf } from '../names.js';
import type { Member } from '../lcmmachine/lcmmachine.observe.js';
import { indexOfSelector, matches } from './machine.selector.js';

/** Everything the plan of a Machine depends on. */
export interface MachineWorld {
  readonly now: number;
  readonly machine: Machine;
  readonly part: ClusterPart;
  readonly clusterName: string | undefined;
  readonly cluster: Cluster | undefined;
  readonly release: ClusterRelease | undefined;
  readonly lcmCluster: LCMCluster | undefined;
  /** The host that the machine has claimed. */
  readonly host: BareMetalHost | undefined;
  /** The host by the machine's annotation, whoever has it. */
  readonly annotated: BareMetalHost | undefined;
  /** Hosts that the selector matches; read only while no host is claimed. */
  readonly matching: readonly BareMetalHost[];
  /** Labels that hosts of the namespace carry; read only when none matches. */
  readonly hostLabels: readonly string[];
  readonly ipamHost: IpamHost | undefined;
  readonly lcmMachine: LCMMachine | undefined;
  readonly cloudInit: Secret | undefined;
  readonly publicKeys: readonly PublicKey[];
  /** Names of PublicKeys that the cluster names and that do not exist. */
  readonly missingKeys: readonly string[];
  /** The control plane of the cluster; read only when a machine of it leaves. */
  readonly control: readonly Member[];
  readonly child: ChildView;
  readonly node: Node | undefined;
}

export async function observeMachine(reader: Reader, machine: Machine, children: ChildClusters): Promise<MachineWorld> {
  const { namespace, name, uid } = machine.metadata;
  const clusterName = clusterNameOf(machine);
  const clusterKey = { namespace, name: clusterName ?? '' };
  const cluster = reader.get(ClusterKind, clusterKey);
  const part = partOf(machine);
  const host = reader.byIndex(BareMetalHostKind, 'consumer', uid ?? '')[0];
  const matching = host === undefined ? matchingHosts(reader, machine) : [];
  const kubeconfig = textIn(
    reader.get(SecretKind, { namespace, name: kubeconfigSecretOf(clusterName ?? '') }),
    'value',
  );
  const child = kubeconfig === undefined ? unseen : await children.view(clusterKey, kubeconfig);
  const at = machine.metadata.annotations?.[annotations.machineHost];
  return {
    now: reader.now,
    machine,
    part,
    clusterName,
    cluster,
    release: releaseOf(reader, cluster),
    lcmCluster: reader.get(LCMClusterKind, clusterKey),
    host,
    annotated: at === undefined ? undefined : reader.get(BareMetalHostKind, parseKey(at)),
    matching,
    hostLabels: host === undefined && matching.length === 0 ? labelsOfHosts(reader, namespace) : [],
    ipamHost: reader.get(IpamHostKind, { namespace, name }),
    lcmMachine: reader.get(LCMMachineKind, { namespace, name }),
    cloudInit: reader.get(SecretKind, { namespace, name: cloudInitSecretOf(name) }),
    ...keysOf(reader, cluster),
    control:
      part === 'control'
        ? reader
            .byIndex(MachineKind, 'control', `${namespace ?? ''}/${clusterName ?? ''}`)
            .map((one) => ({ machine: one, lcmMachine: reader.get(LCMMachineKind, keyOf(one)) }))
        : [],
    child,
    node: child.nodes.get(instanceNameOf(machine)),
  };
}

/** The release that the cluster is built from; the Cluster itself says when there is none. */
function releaseOf(reader: Reader, cluster: Cluster | undefined): ClusterRelease | undefined {
  const name = cluster?.status?.providerStatus?.releaseRefs?.current?.name;
  return name === undefined ? undefined : reader.get(ClusterReleaseKind, { name });
}

function matchingHosts(reader: Reader, machine: Machine): readonly BareMetalHost[] {
  const { namespace } = machine.metadata;
  const selector = providerSpecOf(machine).hostSelector;
  if (selector === undefined) return [];
  const hosts = reader.byIndex(BareMetalHostKind, 'label', indexOfSelector(namespace, selector));
  return hosts
    .filter((host) => matches(selector, host.metadata.labels))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function labelsOfHosts(reader: Reader, namespace: string | undefined): readonly string[] {
  const all = reader
    .list(BareMetalHostKind, namespace)
    .flatMap((host) => Object.entries(host.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`));
  return [...new Set(all)].sort();
}

function keysOf(reader: Reader, cluster: Cluster | undefined): Pick<MachineWorld, 'publicKeys' | 'missingKeys'> {
  const namespace = cluster?.metadata.namespace;
  const named = (cluster?.spec.providerSpec.value?.publicKeys ?? []).map(({ name }) => ({
    name,
    key: reader.get(PublicKeyKind, { namespace, name }),
  }));
  return {
    publicKeys: named.flatMap(({ key }) => (key === undefined ? [] : [key])),
    missingKeys: named.filter(({ key }) => key === undefined).map(({ name }) => name),
  };
}
