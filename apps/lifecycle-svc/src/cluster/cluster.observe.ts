import {
  type Cluster,
  type ClusterDeploymentStatus,
  ClusterDeploymentStatusKind,
  type ClusterRelease,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type Deployment,
  DeploymentKind,
  type HelmBundle,
  HelmBundleKind,
  type IPaddr,
  IPaddrKind,
  KaaSReleaseKind,
  type LCMCluster,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  type MCCUpgrade,
  MCCUpgradeKind,
  type ObjectKey,
  type Secret,
  SecretKind,
  type Subnet,
  SubnetKind,
  ipamServiceLabelPrefix,
  ipamServices,
  keyOf,
  keyText,
  labels,
  mccUpgradeName,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { planTo } from './cluster.charts.js';
import { isPulledBack, unsupportedSince } from './cluster.upgrade.js';
import { isHosted, isManagement } from './cluster.hosted.js';
import { apiAddressOf, authoritySecretOf, clusterKeyOf, deploymentSecretOf, kubeconfigSecretOf } from '../names.js';
import { textIn } from './cluster.pki.js';

/** Everything the plan of a Cluster depends on. */
export interface ClusterWorld {
  readonly now: number;
  readonly cluster: Cluster;
  /** The release that the cluster should be on: once machines are built from one, it moves along the update graph alone. */
  readonly releaseName: string | undefined;
  readonly release: ClusterRelease | undefined;
  /** The release that all of it is on; undefined while nothing is built. */
  readonly current: ClusterRelease | undefined;
  /** The release that an update by a plan leads from, whether or not the plan is there yet. */
  readonly source: ClusterRelease | undefined;
  /** Where the update graph leads from there. */
  readonly upgrades: readonly Upgrade[];
  /** Version of the first management release, the one in use or a newer one, that does not know what the cluster is on. */
  readonly unsupportedSince: string | undefined;
  readonly knownReleases: readonly string[];
  /** Subnets labelled for the API's address. */
  readonly addressSubnets: readonly Subnet[];
  /** The address asked for the API. */
  readonly address: IPaddr | undefined;
  readonly secrets: ClusterSecrets;
  /** Kubeconfigs that services were given. */
  readonly accesses: readonly ObjectKey[];
  readonly lcmCluster: LCMCluster | undefined;
  /** The charts of the cluster. */
  readonly bundle: HelmBundle | undefined;
  /** How far its making got, as it is shown. */
  readonly deploymentStatus: ClusterDeploymentStatus | undefined;
  /** Whether charts can be installed here at all. */
  readonly installsCharts: boolean;
  readonly machines: readonly Machine[];
  readonly lcmMachines: readonly LCMMachine[];
  /** Keelson's own, where the cluster is the one that they make up; else none. */
  readonly services: readonly Deployment[];
  readonly child: ChildView;
  /** The update of the cluster that manages the others; of that one alone. */
  readonly upgrade: MCCUpgrade | undefined;
  /** Updates that the cluster is offered, is in, or has had. */
  readonly plans: readonly ClusterUpdatePlan[];
}

/** A release that a cluster can be updated to. */
export interface Upgrade {
  readonly release: ClusterRelease;
  readonly rebootRequired: boolean;
}

export interface ClusterSecrets {
  readonly authority: Secret | undefined;
  readonly control: Secret | undefined;
  readonly worker: Secret | undefined;
  readonly kubeconfig: Secret | undefined;
}

export async function observeCluster(
  reader: Reader,
  cluster: Cluster,
  { children, installsCharts }: { readonly children: ChildClusters; readonly installsCharts: boolean },
): Promise<ClusterWorld> {
  const key = clusterKeyOf(cluster);
  const { namespace, name } = cluster.metadata;
  const machines = reader.byIndex(MachineKind, 'cluster', keyText(key));
  const on = machines.length === 0 ? undefined : cluster.status?.providerStatus?.releaseRefs?.current;
  const current = on?.name === undefined ? undefined : reader.get(ClusterReleaseKind, { name: on.name });
  const upgrades = on?.name === undefined ? [] : upgradesFrom(reader, on.name);
  const lcmCluster = reader.get(LCMClusterKind, key);
  const releaseName = begunRelease(reader, cluster, on?.version, lcmCluster) ?? releaseOf(cluster, on?.name, upgrades);
  const secret = (of: string): Secret | undefined => reader.get(SecretKind, { namespace, name: of });
  const secrets = {
    authority: secret(authoritySecretOf(name)),
    control: secret(deploymentSecretOf(name, 'control')),
    worker: secret(deploymentSecretOf(name, 'worker')),
    kubeconfig: secret(kubeconfigSecretOf(name)),
  };
  const kubeconfig = textIn(secrets.kubeconfig, 'value');
  const plans = reader.byIndex(ClusterUpdatePlanKind, 'cluster', keyText(key));
  const source = planTo(releaseName, plans)?.spec.source ?? leftWithoutPlan(cluster, current, releaseName);
  return {
    now: reader.now,
    cluster,
    releaseName,
    release: releaseName === undefined ? undefined : reader.get(ClusterReleaseKind, { name: releaseName }),
    current,
    source: source === undefined ? undefined : reader.get(ClusterReleaseKind, { name: source }),
    upgrades,
    unsupportedSince: unsupportedSince(reader.list(KaaSReleaseKind), on?.name),
    knownReleases: reader
      .list(ClusterReleaseKind)
      .map((release) => release.metadata.name)
      .sort(),
    addressSubnets: reader.list(SubnetKind, namespace).filter((subnet) => isForAddressOf(subnet, name)),
    address: reader.get(IPaddrKind, { namespace, name: apiAddressOf(name) }),
    secrets,
    accesses: reader.byIndex(SecretKind, 'access', keyText(key)).map(keyOf),
    lcmCluster,
    bundle: reader.get(HelmBundleKind, key),
    deploymentStatus: reader.get(ClusterDeploymentStatusKind, key),
    installsCharts,
    machines,
    lcmMachines: reader.byIndex(LCMMachineKind, 'cluster', keyText(key)),
    services: isHosted({ cluster, machines }) ? reader.list(DeploymentKind) : [],
    upgrade: isManagement(cluster) ? reader.get(MCCUpgradeKind, { name: mccUpgradeName }) : undefined,
    plans,
    child: kubeconfig === undefined ? unseen : await children.view(key, kubeconfig),
  };
}

/**
 * Source: reference/mosk-api/maintenance-and-updates.md, KaaSRelease: the one in use says where its releases can go. With one
 * that is pulled back nothing new begins.
 */
function upgradesFrom(reader: Reader, current: string): readonly Upgrade[] {
  const active = reader
    .list(KaaSReleaseKind)
    .filter(({ metadata }) => metadata.labels?.[labels.active] === 'true' && !isPulledBack(metadata));
  const edges = active
    .flatMap(({ spec }) => spec.supportedClusterReleases ?? [])
    .filter(({ name }) => name === current)
    .flatMap(({ availableUpgrades }) => availableUpgrades ?? []);
  const releases = reader.list(ClusterReleaseKind);
  return edges.flatMap(({ version, rebootRequired = false }) => {
    const release = releases.find((one) => one.spec.version === version);
    return release === undefined ? [] : [{ release, rebootRequired }];
  });
}

/** However the release came to the Cluster, release-svc makes a plan; the management cluster goes without. */
function leftWithoutPlan(cluster: Cluster, current: ClusterRelease | undefined, release: string | undefined) {
  const name = current?.metadata.name;
  return isManagement(cluster) || name === release ? undefined : name;
}

/**
 * The release of an update that has begun. It goes on whatever becomes of the graph and of the release itself: taken back
 * halfway, the control plane would be older than the nodes that are updated already.
 */
function begunRelease(
  reader: Reader,
  cluster: Cluster,
  from: string | undefined,
  lcmCluster: LCMCluster | undefined,
): string | undefined {
  const version = lcmCluster?.spec.release;
  if (from === undefined || version === undefined || version === from) return undefined;
  const release = reader.list(ClusterReleaseKind).find(({ spec }) => spec.version === version);
  return release?.metadata.name ?? cluster.spec.providerSpec.value?.release ?? version;
}

/** What the spec says, where the update graph leads there or nothing is built yet; else what the cluster is on. */
function releaseOf(cluster: Cluster, current: string | undefined, upgrades: readonly Upgrade[]): string | undefined {
  const wanted = cluster.spec.providerSpec.value?.release;
  if (wanted === undefined) return current;
  if (current === undefined) return wanted;
  return upgrades.some(({ release }) => release.metadata.name === wanted) ? wanted : current;
}

function isForAddressOf(subnet: Subnet, cluster: string): boolean {
  const of = subnet.metadata.labels ?? {};
  return (
    of[`${ipamServiceLabelPrefix}${ipamServices.loadBalancer}`] !== undefined && of[labels.clusterName] === cluster
  );
}
