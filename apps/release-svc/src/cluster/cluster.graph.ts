import type { ClusterRelease, KaaSRelease } from '@keelson/api';
import { isPulledBack } from '../names.js';

/** A release that a cluster may be updated to. */
export interface Target {
  readonly release: ClusterRelease;
  readonly rebootRequired: boolean;
}

/** Where the update graph of the management release leads from a release, as far as targets exist: nowhere once that is pulled back. */
export function targetsFrom(
  source: string,
  active: KaaSRelease | undefined,
  releases: readonly ClusterRelease[],
): readonly Target[] {
  if (active === undefined || isPulledBack(active)) return [];
  const supported = active.spec.supportedClusterReleases ?? [];
  const upgrades = supported.find(({ name }) => name === source)?.availableUpgrades ?? [];
  return upgrades.flatMap(({ version, rebootRequired = false }) => {
    const name = supported.find((entry) => entry.version === version)?.name;
    const release = releases.find(({ metadata }) => metadata.name === name);
    return release === undefined ? [] : [{ release, rebootRequired }];
  });
}
