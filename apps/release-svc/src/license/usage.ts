import { ClusterKind, type LicenseStatus, type Machine, MachineKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { clusterNameOf, isControlPlane, isManagement } from '../names.js';

export type LicenseUsage = NonNullable<LicenseStatus['usage']>;

/** What of the limits of a license is used. Whatever is on its way out counts no longer. */
export function usageOf(reader: Reader): LicenseUsage {
  const clusters = reader
    .list(ClusterKind)
    .filter((cluster) => !isManagement(cluster) && cluster.metadata.deletionTimestamp === undefined);
  const workers = new Map<string, number>();
  const clouds = new Set<string>();
  for (const machine of reader.list(MachineKind)) {
    const cluster = clusterNameOf(machine);
    if (cluster === undefined || isControlPlane(machine) || machine.metadata.deletionTimestamp !== undefined) continue;
    const key = `${machine.metadata.namespace ?? ''}/${cluster}`;
    workers.set(key, (workers.get(key) ?? 0) + 1);
    if (isOfCloud(machine)) clouds.add(key);
  }
  return {
    clusters: clusters.length,
    workers: Object.fromEntries([...workers].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(clouds.size === 0 ? {} : { openstack: [...clouds].sort() }),
  };
}

/** Its node carries OpenStack. Source: reference/mosk-api/README.md, labels of nodes; deploy/policies/license.yaml asks the same. */
export function isOfCloud({ spec }: Machine): boolean {
  return spec.providerSpec.value?.nodeLabels?.some(({ key }) => key.startsWith('openstack-')) === true;
}

/**
 * What there is more of than a license allows, as a sentence; undefined when nothing is. Admission counts by the status: what is
 * written in the moment before it follows passes there.
 */
export function excessOf({ limits = {}, openstack = {}, usage }: LicenseStatus): string | undefined {
  if (usage === undefined) return undefined;
  const { clusters, workers = {}, openstack: clouds = [] } = usage;
  const ofClouds = Object.fromEntries(Object.entries(workers).filter(([cluster]) => clouds.includes(cluster)));
  return (
    tooMany(clusters, limits.clusters, 'clusters') ??
    tooMany(clouds.length, openstack.clusters, 'clusters with OpenStack') ??
    tooManyWorkers(workers, limits.workersPerCluster, 'a cluster') ??
    tooManyWorkers(ofClouds, openstack.workersPerCluster, 'a cluster with OpenStack')
  );
}

function tooMany(count: number, limit: number | undefined, what: string): string | undefined {
  return limit === undefined || count <= limit
    ? undefined
    : `the license allows ${limit} ${what} and there are ${count}: ${mend}`;
}

function tooManyWorkers(
  workers: Readonly<Record<string, number>>,
  limit: number | undefined,
  what: string,
): string | undefined {
  const over = Object.entries(workers).find(([, count]) => limit !== undefined && count > limit);
  return over === undefined
    ? undefined
    : `the license allows ${limit ?? 0} workers in ${what} and ${over[0]} has ${over[1]}: ${mend}`;
}

const mend = 'delete what is too many, or write a license that allows more to spec.license.value of the License';
