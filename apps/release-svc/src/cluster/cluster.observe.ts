import {
  type Cluster,
  type ClusterRelease,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type LCMCluster,
  LCMClusterKind,
  MCCUpgradeKind,
  type Machine,
  MachineKind,
  type UpdateGroup,
  UpdateGroupKind,
  keyOf,
  keyText,
  labels,
  mccUpgradeName,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import type { PastSteps } from '../past/past-steps.js';

/** What the updates that a cluster is offered depend on. */
export interface OfferWorld {
  readonly cluster: Cluster;
  /** What the cluster is brought to, as lifecycle-svc has taken it on. */
  readonly lcmCluster: LCMCluster | undefined;
  /** The management release in use. */
  readonly active: KaaSRelease | undefined;
  readonly releases: readonly ClusterRelease[];
  readonly plans: readonly ClusterUpdatePlan[];
  readonly groups: readonly UpdateGroup[];
  readonly machines: readonly Machine[];
  /** Seconds that steps of this cluster took before, by step. */
  readonly past: ReadonlyMap<string, readonly number[]>;
  /** There is an MCCUpgrade. */
  readonly hasSchedule: boolean;
}

export async function observeOffer(reader: Reader, cluster: Cluster, past: PastSteps): Promise<OfferWorld> {
  const of = keyText(keyOf(cluster));
  const groups = reader.byIndex(UpdateGroupKind, 'cluster', of);
  return {
    cluster,
    lcmCluster: reader.get(LCMClusterKind, keyOf(cluster)),
    active: activeRelease(reader),
    releases: reader.list(ClusterReleaseKind),
    plans: reader.byIndex(ClusterUpdatePlanKind, 'cluster', of),
    groups,
    machines: reader.byIndex(MachineKind, 'cluster', of),
    past: await past.ofCluster(
      keyOf(cluster),
      groups.map((group) => group.metadata.name),
    ),
    hasSchedule: reader.get(MCCUpgradeKind, { name: mccUpgradeName }) !== undefined,
  };
}

/** The release with the label; of several the newest, as a change moves the label in two writes. */
export function activeRelease(reader: Reader): KaaSRelease | undefined {
  return reader
    .list(KaaSReleaseKind)
    .filter((release) => release.metadata.labels?.[labels.active] === 'true')
    .sort((a, b) => compareVersions(b.spec.version, a.spec.version))[0];
}

/** Number by number; what follows a plus does not count. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): number[] => (version.split('+')[0] ?? '').split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (const [i, value] of left.entries()) if (value !== (right[i] ?? 0)) return value - (right[i] ?? 0);
  return left.length - right.length;
}
