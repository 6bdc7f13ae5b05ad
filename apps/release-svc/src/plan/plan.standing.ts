import {
  type Cluster,
  ClusterKind,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  LicenseKind,
  type Reference,
  UpdateAutoPauseKind,
  type UpdateStep,
  type UpdateStepStatus,
} from '@keelson/api';
import type { UpdateAnswer } from '@keelson/contracts';
import { excessOf } from '../license/usage.js';
import { groupOfStep } from '../names.js';
import { alertsObstacle, firing } from './plan.alerts.js';
import { distributionObstacle, refusalObstacle } from './plan.fit.js';
import type { UpdateWorld } from './plan.observe.js';
import { type Said, absentText, ownerOf } from './plan.owners.js';

/** How one step stands, and what that means for it now. */
export interface Standing {
  readonly step: UpdateStep;
  readonly before: UpdateStepStatus | undefined;
  readonly status: UpdateStepStatus['status'];
  readonly message: string;
  /** It is its turn: whatever comes before is done, or may run beside it. */
  readonly isTurn: boolean;
  readonly said: Said | undefined;
}

/** How every step stands, in order. */
export function standings(world: UpdateWorld): readonly Standing[] {
  const before = new Map((world.plan.status?.steps ?? []).map((status) => [status.id, status]));
  const standing: Standing[] = [];
  for (const step of world.plan.spec.steps) {
    const open = standing.filter(({ status }) => status !== 'Completed');
    const isTurn = open.every((earlier) => maySideBySide(world, earlier.step.id, step.id) && earlier.isTurn);
    standing.push(standingOf(world, step, before.get(step.id), isTurn, open[0]?.step));
  }
  return standing;
}

/** Workers of groups with the same index are updated side by side. */
export function maySideBySide({ groups }: Pick<UpdateWorld, 'groups'>, a: string, b: string): boolean {
  const index = (step: string): number | undefined =>
    groups.find(({ metadata }) => metadata.name === groupOfStep(step))?.spec.index;
  return index(a) !== undefined && index(a) === index(b);
}

function standingOf(
  world: UpdateWorld,
  step: UpdateStep,
  before: UpdateStepStatus | undefined,
  isTurn: boolean,
  open: UpdateStep | undefined,
): Standing {
  const said = world.said.get(step.id);
  const common = { step, before, isTurn, said };
  if (before?.status === 'Completed') return { ...common, status: 'Completed', message: before.message ?? '' };
  const answer = said?.answered === true ? said.answer : undefined;
  if (isTurn && answer?.status === 'Completed') return { ...common, status: 'Completed', message: answer.message };
  if (!step.commence) return { ...common, ...uncommenced(world, before) };
  if (!isTurn) return { ...common, status: 'Scheduled', message: `comes after ${open?.name ?? 'the step before'}` };
  if (answer?.status === 'Failed') return { ...common, status: 'Failed', message: answer.message };
  return { ...common, ...moving(world, before, said, answer) };
}

function uncommenced(world: UpdateWorld, before: UpdateStepStatus | undefined): Pick<Standing, 'status' | 'message'> {
  const message =
    before?.startedAt === undefined
      ? 'waits for commence: true'
      : `stopped${firing(world).length > 0 ? ` by the alerts ${firing(world).join(', ')}` : ''}; set commence: true to go on`;
  return { status: 'NotStarted', message };
}

function moving(
  world: UpdateWorld,
  before: UpdateStepStatus | undefined,
  said: Said | undefined,
  answer: UpdateAnswer | undefined,
): Pick<Standing, 'status' | 'message'> {
  const hasBegun = before?.startedAt !== undefined;
  if (said?.answered === false) return { status: hasBegun ? 'InProgress' : 'Scheduled', message: absentText(said) };
  if (answer?.status === 'InProgress') return { status: 'InProgress', message: answer.message };
  const obstacle = obstacleOf(world);
  if (obstacle !== undefined && !hasBegun) return { status: 'Scheduled', message: obstacle.message };
  return { status: hasBegun ? 'InProgress' : 'Scheduled', message: 'its owner is asked to begin' };
}

/** The release is written to the cluster: from then on its services prepare for the update. */
export function isWritten({ plan, cluster }: Pick<UpdateWorld, 'plan' | 'cluster'>): boolean {
  return cluster?.spec.providerSpec.value?.release === plan.spec.target;
}

/** The step that begins the update, or goes on with it, as soon as its owner is asked. */
export function beginning(standing: readonly Standing[]): Standing | undefined {
  return standing.find((one) => one.isTurn && one.step.commence && one.status === 'Scheduled');
}

/**
 * Since when the update is under way; undefined before. It is told before the release is written to the cluster, so that a
 * release which is written while this is not told was written by hand.
 */
export function startOf(world: UpdateWorld, standing: readonly Standing[]): string | undefined {
  const start = world.plan.status?.startedAt ?? new Date(world.now).toISOString();
  if (standing.some(({ before, status }) => before?.startedAt !== undefined || begun.has(status))) return start;
  if (isWritten(world))
    return world.plan.status?.startedAt ?? (standing.some(({ step }) => step.commence) ? start : undefined);
  return beginning(standing) !== undefined && obstacleOf(world) === undefined ? start : undefined;
}

const begun: ReadonlySet<UpdateStepStatus['status']> = new Set(['InProgress', 'Completed', 'Failed']);

/** What keeps an update, or a further step of it, from beginning. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
  /** Who must move. */
  readonly on: Reference;
}

/** What keeps an update, or a further step of it, from beginning, as checks in order; undefined when nothing does. */
export function obstacleOf(world: UpdateWorld): Obstacle | undefined {
  const { cluster, plan, target } = world;
  if (cluster !== undefined && plan.status?.startedAt !== undefined && (isWritten(world) || hasSteps(plan)))
    return alertsObstacle(world);
  const of = plan.spec.cluster;
  const on = named(plan, ClusterKind.kind, of);
  if (cluster === undefined) return { reason: 'ClusterMissing', message: `there is no Cluster ${of}`, on };
  if (target === undefined)
    return {
      reason: 'ReleaseMissing',
      message: `there is no ClusterRelease ${plan.spec.target}`,
      on: { kind: ClusterReleaseKind.kind, name: plan.spec.target },
    };
  const other = world.others.find((one) => isAhead(one, world));
  if (other !== undefined)
    return {
      reason: 'OtherUpdate',
      message: `the update ${other.metadata.name} of ${of} is not over: one at a time`,
      on: named(plan, ClusterUpdatePlanKind.kind, other.metadata.name),
    };
  return (
    clusterObstacle(world, cluster, on) ??
    distributionObstacle(world) ??
    permitObstacle(world) ??
    silenceObstacle(world) ??
    refusalObstacle(world)
  );
}

function clusterObstacle({ plan }: UpdateWorld, cluster: Cluster, on: Reference): Obstacle | undefined {
  const of = plan.spec.cluster;
  const status = cluster.status?.providerStatus;
  const current = status?.releaseRefs?.current?.name;
  if (current !== plan.spec.source)
    return {
      reason: 'OtherSource',
      message: `${of} runs ${current ?? 'no release yet'} and the plan leads from ${plan.spec.source}`,
      on,
    };
  if (status?.maintenance === true || cluster.spec.providerSpec.value?.maintenance === true)
    return { reason: 'Maintenance', message: `${of} is in maintenance mode: end that first`, on };
  return status?.ready === true
    ? undefined
    : { reason: 'ClusterNotReady', message: `${of} is not ready: cure that first`, on };
}

function permitObstacle(world: UpdateWorld): Obstacle | undefined {
  const { license, plan } = world;
  if (license?.status?.expired === true)
    return {
      reason: 'LicenseExpired',
      message: 'the license has expired: no update begins before there is a new one',
      on: { kind: LicenseKind.kind, name: license.metadata.name },
    };
  const excess = license?.status === undefined ? undefined : excessOf(license.status);
  if (license !== undefined && excess !== undefined)
    return {
      reason: 'LicenseExceeded',
      message: `no update begins: ${excess}`,
      on: { kind: LicenseKind.kind, name: license.metadata.name },
    };
  const alerts = firing(world);
  return alerts.length === 0
    ? alertsObstacle(world)
    : {
        reason: 'AlertsFiring',
        message: `the alerts ${alerts.join(', ')} fire`,
        on: named(plan, UpdateAutoPauseKind.kind, plan.spec.cluster),
      };
}

/** Nobody knows whether the owner of the first step can bring it about. */
function silenceObstacle({ plan, beforehand }: UpdateWorld): Obstacle | undefined {
  const first = plan.spec.steps[0]?.id ?? '';
  const said = beforehand.get(first);
  if (said === undefined || said.answered) return undefined;
  const on = { kind: 'Service', name: ownerOf(first).service };
  return { reason: 'OwnerAbsent', message: absentText(said), on };
}

/**
 * Why the target cannot be taken by what the cluster is made of: told as soon as the update is offered, long before anybody
 * commences it. Undefined when it can, or once the update has begun.
 */
export function unfitness(world: UpdateWorld): Obstacle | undefined {
  const { plan, cluster } = world;
  const isOffered = cluster?.status?.providerStatus?.releaseRefs?.current?.name === plan.spec.source;
  if (!isOffered || isWritten(world) || hasSteps(plan)) return undefined;
  return distributionObstacle(world) ?? refusalObstacle(world);
}

/** An object beside the plan. */
function named({ metadata: { namespace } }: ClusterUpdatePlan, kind: string, name: string): Reference {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** Of two updates that begin at the same moment one lets the other go first. */
function isAhead(other: ClusterUpdatePlan, { plan, cluster }: UpdateWorld): boolean {
  const own = plan.status?.startedAt;
  if (own === undefined || hasSteps(other) || cluster?.spec.providerSpec.value?.release === other.spec.target)
    return true;
  const start = other.status?.startedAt;
  if (start === undefined) return false;
  return start === own ? other.metadata.name < plan.metadata.name : Date.parse(start) < Date.parse(own);
}

/** A step of it has begun. */
export function hasSteps({ status }: ClusterUpdatePlan): boolean {
  return status?.steps?.some(({ startedAt }) => startedAt !== undefined) === true;
}
