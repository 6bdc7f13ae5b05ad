import {
  ClusterKind,
  ClusterUpdatePlanKind,
  KaaSReleaseKind,
  type KubeObject,
  keyOf,
  keyText,
  labels,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';

/** A sentence names so many users at most. */
const mostNamed = 5;

/** Who uses a release now, as a list for a sentence; empty when nobody does. */
export function usersOf(reader: Reader, { kind, metadata: { name, labels: own } }: KubeObject): string {
  const users = kind === 'KaaSRelease' ? usersOfManagement(reader, name, own) : usersOfCluster(reader, name);
  const sorted = [...new Set(users)].sort();
  const shown = sorted.slice(0, mostNamed).join(', ');
  return sorted.length > mostNamed ? `${shown} and ${sorted.length - mostNamed} more` : shown;
}

/** The release that the management cluster is on or goes to, and the one that the update graph is taken from. */
function usersOfManagement(
  reader: Reader,
  name: string,
  own: Readonly<Record<string, string>> = {},
): readonly string[] {
  const clusters = reader
    .list(ClusterKind)
    .filter(({ spec }) => spec.providerSpec.value?.kaas?.release === name)
    .map((cluster) => `Cluster ${keyText(keyOf(cluster))}`);
  return clusters.length === 0 && own[labels.active] === 'true' ? ['the update graph'] : clusters;
}

function usersOfCluster(reader: Reader, name: string): readonly string[] {
  const clusters = reader
    .list(ClusterKind)
    .filter(
      ({ spec, status }) =>
        spec.providerSpec.value?.release === name || status?.providerStatus?.releaseRefs?.current?.name === name,
    )
    .map((cluster) => `Cluster ${keyText(keyOf(cluster))}`);
  const plans = reader
    .list(ClusterUpdatePlanKind)
    .filter(({ spec, status }) => isUnderWay(status?.status) && (spec.source === name || spec.target === name))
    .map((plan) => `ClusterUpdatePlan ${keyText(keyOf(plan))}`);
  const management = reader
    .list(KaaSReleaseKind)
    .filter(({ metadata, spec }) => metadata.labels?.[labels.active] === 'true' && spec.clusterRelease === name)
    .map(({ metadata }) => `KaaSRelease ${metadata.name}`);
  return [...clusters, ...plans, ...management];
}

function isUnderWay(status: string | undefined): boolean {
  return status === 'InProgress' || status === 'Failed' || status === 'AutoPaused';
}
