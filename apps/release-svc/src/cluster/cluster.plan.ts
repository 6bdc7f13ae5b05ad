import { type ClusterUpdatePlan, type UpdateGroupSpec, type UpdateStep, annotations } from '@keelson/api';
import { type Plan, progressing, settled } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { controlPlaneGroupOf, defaultGroupOf, isManagement, planNameOf } from '../names.js';
import { type Target, targetsFrom } from './cluster.graph.js';
import type { OfferWorld } from './cluster.observe.js';
import { cephStepId, plannedSteps } from './cluster.planned-steps.js';
import type { OfferStep } from './cluster.steps.js';

/** A plan for each update a cluster may have, the groups of the system, and no plan that leads from where it is no more. */
export function planOffer(world: OfferWorld): Plan<OfferStep> {
  const { cluster } = world;
  if (cluster.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  if (isManagement(cluster)) return planManagement(world);
  const groups = groupSteps(world);
  if (groups.length > 0) return { steps: groups, outcome: progressing('the update groups of the system are made') };
  const source = cluster.status?.providerStatus?.releaseRefs?.current?.name;
  if (source === undefined) return { steps: [], outcome: settled };
  const targets = targetsOf(world, source);
  const steps = [
    ...targets.flatMap((target) => offerSteps(world, source, target)),
    ...withdrawals(world, source, targets),
  ];
  return steps.length === 0
    ? { steps, outcome: settled }
    : { steps, outcome: progressing('the update plans are brought up to date') };
}

/** Where the update graph leads, and where the cluster is on its way already: that goes on whatever becomes of the graph. */
function targetsOf({ cluster, lcmCluster, active, releases }: OfferWorld, source: string): readonly Target[] {
  const targets = targetsFrom(source, active, releases);
  const name = cluster.spec.providerSpec.value?.release;
  const begun = releases.find(
    ({ metadata, spec }) => metadata.name === name && spec.version === lcmCluster?.spec.release,
  );
  if (begun === undefined || name === source || targets.some(({ release }) => release === begun)) return targets;
  return [...targets, { release: begun, rebootRequired: lcmCluster?.spec.nodesRebootRequired === true }];
}

/** It gets no plans, and groups where it has machines of its own. */
function planManagement(world: OfferWorld): Plan<OfferStep> {
  const steps: OfferStep[] = [
    ...(world.hasSchedule ? [] : [{ type: 'make-schedule' } as const]),
    ...(world.machines.length === 0 ? [] : groupSteps(world)),
  ];
  const outcome =
    steps.length === 0 ? settled : progressing('the schedule and the update groups of the system are made');
  return { steps, outcome };
}

/** Groups are made once and then belong to the operator; the concurrency is taken from the field that was there before. */
function groupSteps({ cluster, groups }: OfferWorld): readonly OfferStep[] {
  const { name } = cluster.metadata;
  const rebootIfUpdateRequires = isManagement(cluster);
  const wanted: readonly (readonly [string, UpdateGroupSpec])[] = [
    [controlPlaneGroupOf(name), { index: 0, concurrentUpdates: 1, rebootIfUpdateRequires }],
    [
      defaultGroupOf(name),
      {
        index: 1,
        concurrentUpdates: cluster.spec.providerSpec.value?.maxWorkerUpgradeCount ?? 1,
        rebootIfUpdateRequires,
      },
    ],
  ];
  return wanted.flatMap(([group, spec]) =>
    groups.some(({ metadata }) => metadata.name === group) ? [] : [{ type: 'make-group', cluster, name: group, spec }],
  );
}

function offerSteps(world: OfferWorld, source: string, target: Target): readonly OfferStep[] {
  const { cluster, plans } = world;
  const steps = plannedSteps(world, target);
  const name = planNameOf(cluster.metadata.name, target.release.spec.version);
  const known = plans.find(({ metadata }) => metadata.name === name);
  if (known === undefined) {
    const notes = notesOf(target);
    const spec = {
      cluster: cluster.metadata.name,
      source,
      target: target.release.metadata.name,
      ...(notes === undefined ? {} : { releaseNotes: notes }),
      steps: [...steps],
    };
    return [{ type: 'offer', cluster, name, spec }];
  }
  if (known.spec.source !== source && !hasBegun(known)) return [{ type: 'withdraw', plan: known }];
  const merged = mergedSteps(known, steps);
  const notes = notesOf(target) ?? known.spec.releaseNotes;
  const isCurrent = equalJson(merged, known.spec.steps) && notes === known.spec.releaseNotes;
  if (known.status?.status === 'Completed' || isCurrent) return [];
  return [{ type: 'refresh', plan: known, steps: merged, ...(notes === undefined ? {} : { releaseNotes: notes }) }];
}

const notesOf = ({ release }: Target): string | undefined => release.metadata.annotations?.[annotations.releaseNotes];

/** Steps as they should be now; what an operator has commenced stays, and so does what has begun. */
function mergedSteps(plan: ClusterUpdatePlan, planned: readonly UpdateStep[]): readonly UpdateStep[] {
  const begun = new Set((plan.status?.steps ?? []).filter(({ status }) => status !== 'NotStarted').map(({ id }) => id));
  const known = new Map(plan.spec.steps.map((step) => [step.id, step]));
  const wanted = withCephAsBegun(plan, planned);
  const ids = new Set(wanted.map(({ id }) => id));
  const kept = plan.spec.steps.filter(({ id }) => begun.has(id) && !ids.has(id) && id !== cephStepId);
  const fresh = wanted.map((step) => {
    const old = known.get(step.id);
    if (old === undefined) return step;
    return begun.has(step.id) ? old : { ...step, commence: old.commence };
  });
  return [...kept, ...fresh];
}

/**
 * A Ceph that shows only while the update is under way is none that this update began with: its step would come before what has
 * begun. One that shows no longer keeps its step where somebody is at it; else nobody need be waited for.
 */
function withCephAsBegun({ spec, status }: ClusterUpdatePlan, planned: readonly UpdateStep[]): readonly UpdateStep[] {
  const before = spec.steps.find(({ id }) => id === cephStepId);
  const at = spec.steps.findIndex(({ id }) => id === cephStepId);
  if (planned.some(({ id }) => id === cephStepId))
    return before === undefined && status?.startedAt !== undefined
      ? planned.filter(({ id }) => id !== cephStepId)
      : planned;
  const hasBegun = status?.steps?.some(({ id, startedAt }) => id === cephStepId && startedAt !== undefined) === true;
  return before !== undefined && hasBegun ? planned.toSpliced(at, 0, before) : planned;
}

/** Plans that nobody began and that lead from where the cluster no longer is, or to where the graph no longer leads. */
function withdrawals({ plans }: OfferWorld, source: string, targets: readonly Target[]): readonly OfferStep[] {
  const names = new Set(targets.map(({ release }) => release.metadata.name));
  return plans
    .filter((plan) => !hasBegun(plan) && !(plan.spec.source === source && names.has(plan.spec.target)))
    .map((plan) => ({ type: 'withdraw', plan }));
}

function hasBegun({ status }: ClusterUpdatePlan): boolean {
  return status?.startedAt !== undefined;
}
