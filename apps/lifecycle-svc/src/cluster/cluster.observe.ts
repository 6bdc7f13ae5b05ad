import {
  type Cluster,
  type ClusterRelease,
  ClusterReleaseKind,
  type IPaddr,
  IPaddrKind,
  type LCMCluster,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  type Secret,
  SecretKind,
  type Subnet,
  SubnetKind,
  ipamServiceLabelPrefix,
  ipamServices,
  keyText,
  labels,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { apiAddressOf, authoritySecretOf, clusterKeyOf, deploymentSecretOf, kubeconfigSecretOf } from '../names.js';
import { textIn } from './cluster.pki.js';

/** Everything the plan of a Cluster depends on. */
export interface ClusterWorld {
  readonly now: number;
  readonly cluster: Cluster;
  /** The release in effect: once machines are built from one, it stays until an update moves it. */
  readonly releaseName: string | undefined;
  readonly release: ClusterRelease | undefined;
  readonly knownReleases: readonly string[];
  /** Subnets labelled for the API's address. */
  readonly addressSubnets: readonly Subnet[];
  /** The address asked for the API. */
  readonly address: IPaddr | undefined;
  readonly secrets: ClusterSecrets;
  readonly lcmCluster: LCMCluster | undefined;
  readonly machines: readonly Machine[];
  readonly lcmMachines: readonly LCMMachine[];
  readonly child: ChildView;
}

export interface ClusterSecrets {
  readonly authority: Secret | undefined;
  readonly control: Secret | undefined;
  readonly worker: Secret | undefined;
  readonly kubeconfig: Secret | undefined;
}

export async function observeCluster(reader: Reader, cluster: Cluster, children: ChildClusters): Promise<ClusterWorld> {
  const key = clusterKeyOf(cluster);
  const { namespace, name } = cluster.metadata;
  const machines = reader.byIndex(MachineKind, 'cluster', keyText(key));
  const releaseName = releaseOf(cluster, machines.length > 0);
  const secret = (of: string): Secret | undefined => reader.get(SecretKind, { namespace, name: of });
  const secrets = {
    authority: secret(authoritySecretOf(name)),
    control: secret(deploymentSecretOf(name, 'control')),
    worker: secret(deploymentSecretOf(name, 'worker')),
    kubeconfig: secret(kubeconfigSecretOf(name)),
  };
  const kubeconfig = textIn(secrets.kubeconfig, 'value');
  return {
    now: reader.now,
    cluster,
    releaseName,
    release: releaseName === undefined ? undefined : reader.get(ClusterReleaseKind, { name: releaseName }),
    knownReleases: reader
      .list(ClusterReleaseKind)
      .map((release) => release.metadata.name)
      .sort(),
    addressSubnets: reader.list(SubnetKind, namespace).filter((subnet) => isForAddressOf(subnet, name)),
    address: reader.get(IPaddrKind, { namespace, name: apiAddressOf(name) }),
    secrets,
    lcmCluster: reader.get(LCMClusterKind, key),
    machines,
    lcmMachines: reader.byIndex(LCMMachineKind, 'cluster', keyText(key)),
    child: kubeconfig === undefined ? unseen : await children.view(key, kubeconfig),
  };
}

/** The release that the cluster is built from; what the spec says while nothing is built. */
function releaseOf(cluster: Cluster, hasMachines: boolean): string | undefined {
  const current = cluster.status?.providerStatus?.releaseRefs?.current?.name;
  return (hasMachines ? current : undefined) ?? cluster.spec.providerSpec.value?.release;
}

function isForAddressOf(subnet: Subnet, cluster: string): boolean {
  const of = subnet.metadata.labels ?? {};
  return (
    of[`${ipamServiceLabelPrefix}${ipamServices.loadBalancer}`] !== undefined && of[labels.clusterName] === cluster
  );
}
