import type { Cluster, ClusterProviderStatus, ClusterRelease, Condition, HelmBundle } from '@keelson/api';
import { named } from '../membership.js';
import type { ClusterWorld } from './cluster.observe.js';

type BundleRelease = HelmBundle['spec']['releases'][number];
type Values = NonNullable<BundleRelease['values']>;

/** The charts of a cluster: those of its release, with what the Cluster says of them laid over. */
export function bundleSpec(cluster: Cluster, { spec }: ClusterRelease): HelmBundle['spec'] {
  const overrides = new Map(cluster.spec.providerSpec.value?.helmReleases?.map((one) => [one.name, one]));
  const wanted = (spec.helm?.releases ?? []).filter(({ name }) => overrides.get(name)?.enabled !== false);
  const names = new Set(wanted.map(({ name }) => name));
  return {
    ...(spec.helm?.repositories === undefined ? {} : { repositories: spec.helm.repositories }),
    releases: wanted.map((given): BundleRelease => {
      const {
        required: _required,
        requiresPersistentVolumes: _volumes,
        localVolumes: _local,
        requires,
        ...release
      } = given;
      const values = overrides.get(release.name)?.values;
      return {
        ...release,
        // Of a release that is switched off nothing is to be waited for.
        ...(requires === undefined ? {} : { requires: requires.filter((name) => names.has(name)) }),
        ...(values === undefined ? {} : { values: laidOver(release.values ?? {}, values) }),
      };
    }),
    release: spec.version,
  };
}

/** As Helm merges values: maps member by member, all else whole. */
function laidOver(below: Values, above: Values): Values {
  const merged: Values = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = below[name];
    merged[name] = isMap(under) && isMap(value) ? laidOver(under, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How the charts stand, as the Helm controller tells it in the bundle. */
export function helmStatus({ bundle }: ClusterWorld): Pick<ClusterProviderStatus, 'helm'> {
  const statuses = bundle?.status?.releaseStatuses;
  if (bundle === undefined || statuses === undefined) return {};
  const releases = bundle.spec.releases.map(({ name }) => {
    const { success, status, ready = false, version } = statuses[name] ?? {};
    return [
      name,
      {
        ready,
        ...(success === undefined ? {} : { success }),
        ...(status === undefined ? {} : { status }),
        ...(version === undefined ? {} : { version }),
      },
    ] as const;
  });
  return { helm: { ready: releases.every(([, { ready }]) => ready), releases: Object.fromEntries(releases) } };
}

/**
 * Counts the charts without which the release is not complete. Claimed only where charts can be installed: elsewhere an
 * installation would have no cluster that is ready.
 */
export function helmCondition({ bundle, release, cluster, installsCharts }: ClusterWorld): readonly Condition[] {
  if (!installsCharts || bundle === undefined || release === undefined) return [];
  const statuses = bundle.status?.releaseStatuses ?? {};
  const names = bundle.spec.releases.map(({ name }) => name);
  const required = new Set(
    (release.spec.helm?.releases ?? []).flatMap((one) => (one.required === true ? [one.name] : [])),
  );
  const missing = names.filter((name) => statuses[name]?.ready !== true);
  const first = missing.find((name) => required.has(name));
  const said = first === undefined ? undefined : statuses[first]?.message;
  const unknown = (cluster.spec.providerSpec.value?.helmReleases ?? [])
    .map(({ name }) => name)
    .filter((name) => !(release.spec.helm?.releases ?? []).some((one) => one.name === name));
  const message = [
    missing.length === 0
      ? `all ${names.length} charts are ready`
      : `${names.length - missing.length} of ${names.length} charts are ready; not ready: ${named(missing)}`,
    ...(first === undefined ? [] : [`${first} is required${said === undefined ? '' : `: ${said}`}`]),
    ...(unknown.length === 0 ? [] : [`helmReleases names ${named(unknown)}, which the release does not have`]),
  ].join('; ');
  return [{ type: 'Helm', ready: first === undefined, message }];
}
