import type { ClusterRelease, KaaSRelease } from '@keelson/api';

/** A release that a cluster may be updated to. */
export interface Target {
  readonly release: ClusterRelease;
  readonly rebootRequired: boolean;
}

/** Where the update graph of the management release leads from a release, as far as the targets exist. */
export function targetsFrom(
  source: string,
  active: KaaSRelease | undefined,
  releases: readonly ClusterRelease[],
): readonly Target[] {
  const supported = active?.spec.supportedClusterReleases ?? [];
  const upgrades = supported.find(({ name }) => name === source)?.availableUpgrades ?? [];
  return upgrades.flatMap(({ version, rebootRequired = false }) => {
    const name = supported.find((entry) => entry.version === version)?.name;
    const release = releases.find(({ metadata }) => metadata.name === name);
    return release === undefined ? [] : [{ release, rebootRequired }];
  });
}
