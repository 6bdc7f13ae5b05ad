import {
  type Cluster,
  ClusterKind,
  DeploymentKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type License,
  LicenseKind,
  type MCCUpgrade,
  type UnsupportedCluster,
  type UnsupportedClusters,
  UnsupportedClustersKind,
  licenseName,
  unsupportedClustersName,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { compareVersions } from '../cluster/cluster.observe.js';
import { isManagement, isPulledBack } from '../names.js';
import { type ServiceRoll, serviceRolls } from './services.js';

/** Everything the update of the management cluster depends on. */
export interface MccWorld {
  readonly now: number;
  readonly upgrade: MCCUpgrade;
  readonly management: Cluster | undefined;
  /** The management release that its spec names. */
  readonly current: KaaSRelease | undefined;
  /** The next one in order of versions that is not pulled back. */
  readonly next: KaaSRelease | undefined;
  /** The first newer one that its publisher, or an operator, has pulled back. */
  readonly pulledBack: KaaSRelease | undefined;
  /** Carry the label of the release in use, but are not the one. */
  readonly mislabelled: readonly KaaSRelease[];
  readonly unsupported: readonly UnsupportedCluster[];
  readonly unsupportedObject: UnsupportedClusters | undefined;
  /** Clusters other than the management cluster that are in maintenance, or on their way in or back. */
  readonly inMaintenance: readonly Cluster[];
  readonly license: License | undefined;
  /** What the management cluster runs of Keelson's own that the release in use names, in the order in which it rolls. */
  readonly services: readonly ServiceRoll[];
}

export async function observeMcc(reader: Reader, upgrade: MCCUpgrade): Promise<MccWorld> {
  const clusters = reader.list(ClusterKind);
  const management = clusters.find(isManagement);
  const releases = [...reader.list(KaaSReleaseKind)].sort((a, b) => compareVersions(a.spec.version, b.spec.version));
  const name = management?.spec.providerSpec.value?.kaas?.release;
  const current = releases.find(({ metadata }) => metadata.name === name);
  const newer =
    current === undefined ? [] : releases.filter(({ spec }) => compareVersions(spec.version, current.spec.version) > 0);
  const next = newer.find((release) => !isPulledBack(release));
  return {
    now: reader.now,
    upgrade,
    management,
    current,
    next,
    pulledBack: newer.find(isPulledBack),
    mislabelled: current === undefined ? [] : releases.filter((release) => isActive(release) !== (release === current)),
    unsupported:
      next === undefined
        ? []
        : unsupportedBy(
            next,
            clusters.filter((cluster) => !isManagement(cluster)),
          ),
    unsupportedObject: reader.get(UnsupportedClustersKind, { name: unsupportedClustersName }),
    inMaintenance: clusters.filter((cluster) => !isManagement(cluster) && isInMaintenance(cluster)),
    license: reader.get(LicenseKind, { name: licenseName }),
    services: current === undefined ? [] : serviceRolls(current, reader.list(DeploymentKind), reader.now),
  };
}

const isActive = ({ metadata }: KaaSRelease): boolean => metadata.labels?.['kaas.mirantis.com/active'] === 'true';

function isInMaintenance({ spec, status }: Cluster): boolean {
  return spec.providerSpec.value?.maintenance === true || status?.providerStatus?.maintenance === true;
}

/** Clusters whose release the management release does not know any more. */
function unsupportedBy(release: KaaSRelease, clusters: readonly Cluster[]): readonly UnsupportedCluster[] {
  const supported = new Set((release.spec.supportedClusterReleases ?? []).map(({ name }) => name));
  return clusters.flatMap(({ metadata, status }) => {
    const runs = status?.providerStatus?.releaseRefs?.current?.name;
    if (runs === undefined || supported.has(runs)) return [];
    return [
      {
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        release: runs,
        sinceReleaseVersion: release.spec.version,
      },
    ];
  });
}
