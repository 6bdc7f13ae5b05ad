import type { DRBConfig, DrbMove } from '@keelson/api';
import type { PlanResult, StatusOf } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { type BalancerStep, decisionOf } from './balancer.plan.js';
import type { BalancerWorld } from './balancer.world.js';

/** How the balance stands, with what was just begun. */
export function balancerStatus(world: BalancerWorld, result: PlanResult<BalancerStep>): StatusOf<DRBConfig> {
  const { state, run } = decisionOf(world);
  if (run === undefined) return { state };
  return { state, run: { ...run, moves: run.moves.map((move) => after(move, result)) } };
}

/** What nova has taken is begun; what it refuses for good has failed, and the rest of the run goes on. */
function after(move: DrbMove, { done, failed, now }: PlanResult<BalancerStep>): DrbMove {
  const isOf = (step: BalancerStep): boolean => step.type === 'migrate' && step.instance === move.instance;
  if (done.some(isOf)) return { ...move, state: 'Begun', begunAt: rfc3339(now) };
  const isRefused = failed !== undefined && isOf(failed.step) && failed.failure.sort !== 'transient';
  return isRefused ? { ...move, state: 'Failed' } : move;
}
