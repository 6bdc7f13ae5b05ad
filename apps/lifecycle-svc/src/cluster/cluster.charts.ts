import type { ClusterRelease, ClusterUpdatePlan, HelmBundle } from '@keelson/api';
import { carrierOf } from '../helmbundle/carried.js';
import { splitChart } from '../helmbundle/releases.js';
import { componentsStep } from '../update/update.names.js';
import { ordersOf } from '../update/update.orders.js';
import { bundleSpec } from './cluster.helm.js';
import type { ClusterWorld } from './cluster.observe.js';

type Bundle = HelmBundle['spec'];

/**
 * Controllers that a service of Keelson does not stand in for. StackLight has no chart of its controller alone: all of it comes
 * with the others. Source: reference/mosk-api/maintenance-and-updates.md, sequence A, step 2; storage.md.
 */
const controllers: ReadonlySet<string> = new Set(['ceph-controller', 'pelagia-ceph']);

/** The plan that leads to a release. The management cluster has none, and others may not have theirs yet. */
export function planTo(
  release: string | undefined,
  plans: readonly ClusterUpdatePlan[],
): ClusterUpdatePlan | undefined {
  return plans.find(({ spec }) => spec.target === release);
}

type ChartsWorld = Pick<
  ClusterWorld,
  'cluster' | 'release' | 'releaseName' | 'source' | 'bundle' | 'plans' | 'lcmCluster'
>;

/**
 * The charts that a cluster should have now; undefined where that cannot be told. An update brings the charts of the
 * controllers with its release, and the others when its plan asks for them; that of the management cluster brings all at once.
 */
export function wantedBundle(world: ChartsWorld): Bundle | undefined {
  const { cluster, release, source, bundle } = world;
  if (release === undefined) return undefined;
  const whole = bundleSpec(cluster, release);
  if (!keepsCharts(world, release)) return whole;
  return source === undefined ? bundle?.spec : controllersFirst(bundleSpec(cluster, source), whole);
}

/** The step of the other charts, or its plan, is still to come. What has begun is finished, whatever comes then. */
function keepsCharts(world: ChartsWorld, { spec }: ClusterRelease): boolean {
  const { plans, releaseName, lcmCluster, bundle, source } = world;
  const plan = planTo(releaseName, plans);
  if (bundle?.spec.release === spec.version || plan?.status?.status === 'Completed') return false;
  if (plan === undefined) return source !== undefined;
  const orders = ordersOf(lcmCluster);
  const isAsked = orders?.target === releaseName && orders?.steps[componentsStep] === '';
  return !isAsked && plan.spec.steps.some(({ id }) => id === componentsStep);
}

/** Its release stays the one before: the bundle is not of the next one as long as one chart is not. */
function controllersFirst(before: Bundle, after: Bundle): Bundle {
  const old = before.repositories ?? [];
  const added = apartFrom(old, after);
  const releases = [
    ...before.releases.filter(({ name }) => !isController(name)),
    ...added.releases.filter(({ name }) => isController(name)),
  ];
  const names = new Set(releases.map(({ name }) => name));
  const repositories = [
    ...old,
    ...(added.repositories ?? []).filter(({ name }) => old.every((one) => one.name !== name)),
  ];
  return {
    ...before,
    ...(repositories.length === 0 ? {} : { repositories }),
    // What a controller requires and the cluster does not have yet comes with the others.
    releases: releases.map(({ requires, ...release }) =>
      requires === undefined ? release : { ...release, requires: requires.filter((name) => names.has(name)) },
    ),
  };
}

function isController(name: string): boolean {
  return carrierOf(name) !== undefined || controllers.has(name);
}

/** Repositories that have the name of another and lie elsewhere are named anew, so that each chart is taken from its own. */
function apartFrom(old: NonNullable<Bundle['repositories']>, bundle: Bundle): Bundle {
  const renamed = (bundle.repositories ?? []).filter(({ name, url }) =>
    old.some((one) => one.name === name && one.url !== url),
  );
  if (renamed.length === 0) return bundle;
  const nameOf = (name: string): string => (renamed.some((one) => one.name === name) ? `${name}-next` : name);
  return {
    ...bundle,
    repositories: (bundle.repositories ?? []).map((one) => ({ ...one, name: nameOf(one.name) })),
    releases: bundle.releases.map((release) => {
      const [repository, chart] = splitChart(release.chart);
      return repository === undefined ? release : { ...release, chart: `${nameOf(repository)}/${chart}` };
    }),
  };
}
