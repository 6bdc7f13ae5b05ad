import {
  type Cluster,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type KaaSRelease,
  type MCCUpgrade,
  MCCUpgradeKind,
  type ObjectMeta,
  type Reference,
  annotations,
  keyOf,
  labels,
  mccUpgradeName,
} from '@keelson/api';
import { type Outcome, waitingOn } from '@keelson/reconcile';
import { named } from '../membership.js';
import type { ClusterWorld } from './cluster.observe.js';

/** States of an MCCUpgrade in which something other than the time keeps it from going on. */
const stopped: ReadonlySet<string> = new Set(['Held', 'Stopped']);

/**
 * What stops the update of the management cluster, told by the cluster too: undefined while nothing does, and where it is the
 * cluster itself that is waited for. The update is release-svc's: it is read by its status.
 */
export function upgradeOutcome({ cluster, upgrade }: Pick<ClusterWorld, 'cluster' | 'upgrade'>): Outcome | undefined {
  const { state = '', reason, message, waitingOn: on } = upgrade?.status?.progress ?? {};
  if (!stopped.has(state) || reason === undefined || message === undefined || isItself(on, cluster)) return undefined;
  return waitingOn({ kind: MCCUpgradeKind.kind, name: mccUpgradeName }, reason, message);
}

/** The part of an MCCUpgrade that its cluster tells. */
export function relevantUpgrade({ status }: MCCUpgrade): unknown {
  const { state = '', reason, message, waitingOn: on } = status?.progress ?? {};
  return stopped.has(state) ? [reason, message, on] : undefined;
}

/**
 * Version of the first management release, the one in use or a newer one, that does not know a release. Source:
 * reference/mosk-api/lifecycle.md, releaseRefs.current of a Cluster.
 */
export function unsupportedSince(releases: readonly KaaSRelease[], current: string | undefined): string | undefined {
  const inUse = releases.find(({ metadata }) => metadata.labels?.[labels.active] === 'true')?.spec.version;
  if (current === undefined || inUse === undefined) return undefined;
  return releases
    .filter(({ metadata, spec }) => !isPulledBack(metadata) && compareVersions(spec.version, inUse) >= 0)
    .sort((a, b) => compareVersions(a.spec.version, b.spec.version))
    .find(({ spec }) => spec.supportedClusterReleases?.every(({ name }) => name !== current) === true)?.spec.version;
}

const compareVersions = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** Nobody goes to a release that is pulled back. */
export function isPulledBack({ annotations: notes }: ObjectMeta): boolean {
  return notes?.[annotations.pulledBack] !== undefined;
}

/** A release that the spec names and to which no way leads: nothing of it begins, and that is told. */
export function wayOutcome({ cluster, current, upgrades }: Pick<ClusterWorld, 'cluster' | 'current' | 'upgrades'>) {
  const wanted = cluster.spec.providerSpec.value?.release;
  const from = current?.metadata.name;
  const names = upgrades.map(({ release }) => release.metadata.name);
  if (wanted === undefined || from === undefined || wanted === from || names.includes(wanted)) return undefined;
  const others = names.length === 0 ? 'nowhere now' : `to ${named(names)}`;
  return waitingOn(
    { kind: ClusterReleaseKind.kind, name: wanted },
    'NoWay',
    `spec.providerSpec.value.release names ${wanted}, and no way leads there from ${from}: nothing is updated. The KaaSRelease in use leads ${others}: name another there, or let one be in use that leads to it`,
  );
}

/**
 * What holds an update of the cluster by its plan: one that is commenced and does not begin, or one that has begun and whose
 * next step waits for somebody. Undefined while nothing does. A plan that waits for the cluster itself is named in the sentence
 * alone: who follows the chain would be led in a circle.
 */
export function planOutcome({ cluster, plans }: Pick<ClusterWorld, 'cluster' | 'plans'>): Outcome | undefined {
  const told = plans.filter((plan) => heldProgress(plan) !== undefined).sort(byRank);
  const plan = told[0];
  const progress = plan === undefined ? undefined : heldProgress(plan);
  if (plan === undefined || progress === undefined) return undefined;
  const { namespace, name } = plan.metadata;
  const on = isItself(progress.on, cluster) ? progress.on : { kind: ClusterUpdatePlanKind.kind, namespace, name };
  return waitingOn(on, progress.reason, `the update ${name} does not get on: ${progress.message}`);
}

/** The part of a plan that its cluster tells. */
export function relevantPlan(plan: ClusterUpdatePlan): unknown {
  return heldProgress(plan);
}

interface Held {
  readonly reason: string;
  readonly message: string;
  readonly on: Reference;
}

/** What a plan says that somebody must move; undefined for one that gets on, is over, or could be commenced. */
function heldProgress({ status }: ClusterUpdatePlan): Held | undefined {
  const { reason, message, waitingOn: on } = status?.progress ?? {};
  if (status?.status === 'Completed' || reason === undefined || reason === 'StepInProgress') return undefined;
  return message === undefined || on === undefined ? undefined : { reason, message, on };
}

/** One that only lets another go first is told after others, one that nobody has commenced last. */
function byRank(a: ClusterUpdatePlan, b: ClusterUpdatePlan): number {
  return rankOf(a) - rankOf(b) || (keyOf(a).name < keyOf(b).name ? -1 : 1);
}

function rankOf(plan: ClusterUpdatePlan): number {
  if (plan.status?.startedAt === undefined && !plan.spec.steps.some(({ commence }) => commence)) return 2;
  return heldProgress(plan)?.reason === 'OtherUpdate' ? 1 : 0;
}

function isItself(on: Reference | undefined, { metadata }: Cluster): on is Reference {
  return on?.kind === 'Cluster' && on.name === metadata.name && on.namespace === metadata.namespace;
}
