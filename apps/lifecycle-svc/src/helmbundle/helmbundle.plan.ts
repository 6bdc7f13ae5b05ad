import { type Reference, keyText } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { isClosing } from '../membership.js';
import { finalizer } from './helmbundle.names.js';
import type { HelmBundleWorld } from './helmbundle.observe.js';
import { type Standing, standingsOf } from './helmbundle.standing.js';
import type { HelmBundleStep } from './helmbundle.steps.js';
import type { ChartRequest } from './charts.js';
import { type BundleRelease, repositoryOf, splitChart } from './releases.js';

/** What a bundle needs next: releases that are no longer wanted go, then one after the other is installed in the order of requirements. */
export function planHelmBundle(world: HelmBundleWorld): Plan<HelmBundleStep> {
  const { bundle, target, cluster } = world;
  const isHeld = bundle.metadata.finalizers?.includes(finalizer) === true;
  if (bundle.metadata.deletionTimestamp !== undefined)
    return isHeld ? planRemoval(world) : { steps: [], outcome: settled };
  if (cluster === undefined)
    return {
      steps: [],
      outcome: blockedBy(
        { kind: 'Cluster', namespace: target.namespace, name: target.name },
        'ClusterUnknown',
        `there is no Cluster ${keyText(target)} to install in: name one with the label cluster.sigs.k8s.io/cluster-name`,
      ),
    };
  if (isClosing(cluster)) {
    const { namespace, name } = cluster.metadata;
    const message = 'its cluster is being deleted, and what its releases made goes with it';
    return { steps: [], outcome: waitingOn({ kind: 'Cluster', namespace, name }, 'ClusterClosing', message) };
  }
  if (!isHeld) return { steps: [{ type: 'hold', bundle }], outcome: progressing('the bundle is taken into care') };
  if (world.installed === undefined) return { steps: [], outcome: silent(world) };
  const unwanted = unwantedOf(world);
  if (unwanted.length > 0) return { steps: unwanted, outcome: progressing('releases that are no longer wanted go') };
  return planReleases(world);
}

function planReleases(world: HelmBundleWorld): Plan<HelmBundleStep> {
  const standings = standingsOf(world);
  for (const [name, standing] of standings) {
    const release = world.bundle.spec.releases.find((one) => one.name === name);
    if (standing.type !== 'due' || release === undefined) continue;
    return {
      steps: [installStep(world, release, standing)],
      outcome: progressing(`release ${name} is installed`),
      why: `release ${name} is installed`,
    };
  }
  return { steps: [], outcome: outcomeOf(world, standings), ...whyOf(standings) };
}

function installStep(
  { bundle, target, installed, child }: HelmBundleWorld,
  release: BundleRelease,
  { hash, attempt }: { hash: string; attempt: number },
): HelmBundleStep {
  const kubernetesVersion = [...child.nodes.values()]
    .flatMap((node) => node.status?.nodeInfo?.kubeletVersion ?? [])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0];
  const [, name] = splitChart(release.chart);
  const repository = repositoryOf(bundle.spec, release.chart)?.url;
  const from: Pick<ChartRequest, 'chart' | 'repository' | 'version'> =
    release.chartURL === undefined
      ? {
          chart: name,
          ...(repository === undefined ? {} : { repository }),
          ...(release.version === undefined ? {} : { version: release.version }),
        }
      : { chart: release.chartURL };
  return {
    type: 'install',
    cluster: target,
    bundle,
    release,
    hash,
    attempt,
    before: installed?.get(release.name),
    request: {
      release: release.name,
      namespace: release.namespace,
      values: release.values ?? {},
      ...from,
      ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    },
  };
}

/** Of what moves by itself the first is waited for; only when nothing does, a person is called. */
function outcomeOf({ bundle, now }: HelmBundleWorld, standings: ReadonlyMap<string, Standing>): Outcome {
  const { namespace, name } = bundle.metadata;
  const all = [...standings.entries()];
  for (const [, standing] of all)
    if (standing.type === 'settling') return waitingOn(standing.on, 'WorkloadsNotReady', standing.message, 15);
  for (const [release, standing] of all)
    if (standing.type === 'failed')
      return waitingOn(
        { kind: 'Chart', name: release },
        standing.reason,
        standing.message,
        Math.max(1, Math.ceil((standing.retryAt - now) / 1000)),
      );
  for (const [, standing] of all)
    if (standing.type === 'blocked')
      return blockedBy({ kind: 'HelmBundle', namespace, name }, standing.reason, standing.message);
  return settled;
}

function whyOf(standings: ReadonlyMap<string, Standing>): { why?: string } {
  const open = [...standings.values()].find(
    (standing) => standing.type === 'blocked' || standing.type === 'failed' || standing.type === 'settling',
  );
  if (open === undefined) return { why: 'all its releases are ready' };
  return 'message' in open ? { why: open.message } : {};
}

function unwantedOf({ bundle, target, installed }: HelmBundleWorld): readonly HelmBundleStep[] {
  const wanted = new Set(bundle.spec.releases.map(({ name }) => name));
  return [...(installed?.values() ?? [])]
    .filter(({ name }) => !wanted.has(name))
    .map((release) => ({ type: 'uninstall', cluster: target, release }));
}

/** A cluster that is going, or gone, takes its charts with it. */
function planRemoval({ bundle, cluster, target, installed, ...world }: HelmBundleWorld): Plan<HelmBundleStep> {
  const release: HelmBundleStep = { type: 'release', bundle };
  if (cluster === undefined || isClosing(cluster)) return { steps: [release], outcome: settled };
  if (installed === undefined) return { steps: [], outcome: silent({ bundle, cluster, target, installed, ...world }) };
  const all = [...installed.values()].reverse();
  return {
    steps: [...all.map((one): HelmBundleStep => ({ type: 'uninstall', cluster: target, release: one })), release],
    outcome: progressing('its releases are removed from the cluster'),
  };
}

function silent({ target, child }: HelmBundleWorld): Outcome {
  const on: Reference = { kind: 'KubernetesAPI', name: keyText(target) };
  const why = child.contact.answers ? 'its objects are not read yet' : child.contact.why;
  return waitingOn(on, 'APISilent', `charts cannot be looked at: the API of the cluster does not answer: ${why}`, 30);
}
