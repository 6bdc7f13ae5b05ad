import { ClusterKind, type LicenseStatus, MachineKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { clusterNameOf, isControlPlane, isManagement } from '../names.js';

export type LicenseUsage = NonNullable<LicenseStatus['usage']>;

/** What of the limits of a license is used. Whatever is on its way out counts no longer. */
export function usageOf(reader: Reader): LicenseUsage {
  const clusters = reader
    .list(ClusterKind)
    .filter((cluster) => !isManagement(cluster) && cluster.metadata.deletionTimestamp === undefined);
  const workers = new Map<string, number>();
  for (const machine of reader.list(MachineKind)) {
    const cluster = clusterNameOf(machine);
    if (cluster === undefined || isControlPlane(machine) || machine.metadata.deletionTimestamp !== undefined) continue;
    const key = `${machine.metadata.namespace ?? ''}/${cluster}`;
    workers.set(key, (workers.get(key) ?? 0) + 1);
  }
  return { clusters: clusters.length, workers: Object.fromEntries([...workers].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
