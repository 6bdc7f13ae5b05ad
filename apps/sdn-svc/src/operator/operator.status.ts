import type { TFOperator, TfOperatorState } from '@keelson/api';
import type { PlanResult, StatusOf } from '@keelson/reconcile';
import { notHealthy, unreadyOf } from './operator.plan.js';
import { releaseUnread } from './operator.release.js';
import { rolloutAfter } from './operator.rollout.js';
import type { OperatorStep } from './operator.steps.js';
import type { OperatorWorld } from './operator.world.js';

/** What the status says. A pass that only writes more objects says nothing: the next one sees what came of it. */
export function operatorStatus(
  world: OperatorWorld,
  result: PlanResult<OperatorStep>,
): StatusOf<TFOperator> | undefined {
  const before = world.operator.status;
  const rollout = rolloutAfter(world);
  const state = stateOf(world, result, rollout?.advancedAt !== before?.rollout?.advancedAt);
  if (result.outcome.type === 'progressing' && state === before?.state) return undefined;
  const warnings = [...world.warnings];
  const services = world.services.map((service) => {
    const late = service.items.some(({ live }) => live === undefined) ? { why: 'not applied yet' } : unreadyOf(service);
    return [service.name, late === undefined ? { ready: true } : { ready: false, message: late.why }] as const;
  });
  const ready = services.filter(([, { ready: is }]) => is).length;
  const version = state === 'Ready' ? world.operator.spec.tfVersion : before?.tfVersion;
  return {
    state,
    ...(services.length === 0 ? {} : { health: `${ready}/${services.length}`, services: Object.fromEntries(services) }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(version === undefined ? {} : { tfVersion: version }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(world.release === undefined ? {} : { release: world.release }),
  };
}

/** @param hasAdvanced more pods than ever before run what is to run */
function stateOf(world: OperatorWorld, { outcome }: PlanResult<OperatorStep>, hasAdvanced: boolean): TfOperatorState {
  if (world.isLeaving) return 'Deleting';
  if (outcome.type === 'blocked') return 'Failed';
  const { state, progress } = world.operator.status ?? {};
  // A state of rest has no deadline; Failed is left only by getting on.
  const isOver = progress?.deadline !== undefined && world.now > Date.parse(progress.deadline);
  const moving: TfOperatorState = world.lacks === undefined ? 'Deploying' : 'Pending';
  const isHeld = outcome.type === 'waiting' && [notHealthy, releaseUnread].includes(outcome.reason);
  if (outcome.type === 'settled' || (isHeld && world.lacks === undefined)) return 'Ready';
  if (hasAdvanced) return moving;
  if (state === moving && isOver) return 'Failed';
  return state === 'Failed' && outcome.type === 'waiting' ? 'Failed' : moving;
}
