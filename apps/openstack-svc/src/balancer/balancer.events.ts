import type { DrbMove } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import { type BalancerStep, decisionOf } from './balancer.plan.js';
import { balancerStatus } from './balancer.status.js';
import type { BalancerWorld } from './balancer.world.js';

/** What was moved, what would have been, and what keeps it from being. */
export function balancerEvents(world: BalancerWorld, result: PlanResult<BalancerStep>): readonly Announcement[] {
  const before = world.config.status?.run;
  const after = balancerStatus(world, result).run;
  const { outcome } = decisionOf(world);
  const isNew = after?.startedAt !== before?.startedAt;
  const turned = (after?.moves ?? []).filter(
    (move) => isNew || before?.moves.find(({ instance }) => instance === move.instance)?.state !== move.state,
  );
  const told = (state: DrbMove['state'], type: Announcement['type'], reason: string, verb: string): Announcement[] => {
    const moves = turned.filter((move) => move.state === state);
    return moves.length === 0 ? [] : [{ type, reason, message: `${verb} ${listed(moves)}` }];
  };
  return [
    ...told('Begun', 'Normal', 'InstancesMoving', 'for a more even load live migration is under way of'),
    ...told('Done', 'Normal', 'InstancesMoved', 'moved'),
    ...told('Failed', 'Warning', 'MoveFailed', 'could not be moved:'),
    ...told(
      'Skipped',
      'Normal',
      'NotMoved',
      isNew ? 'with another actuator would have been moved:' : 'left where it is:',
    ),
    ...(outcome.type === 'blocked'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
    ...(outcome.type === 'waiting' && outcome.reason === 'LoadUnknown'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
  ];
}

function listed(moves: readonly DrbMove[]): string {
  const names = moves.slice(0, 5).map(({ name, from, to }) => `${name} (${from} to ${to})`);
  return moves.length > names.length ? `${names.join(', ')} and ${moves.length - names.length} more` : names.join(', ');
}
