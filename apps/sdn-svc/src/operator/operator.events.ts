import { identityOf } from '@keelson/mosk';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import { leavingWith } from './operator.plan.js';
import type { OperatorStep } from './operator.steps.js';
import type { OperatorWorld } from './operator.world.js';

/** Of the first so many objects the names are told. */
const mostNamed = 5;

/** A TFOperator that is let go over what would not go is told of, for nothing tells it afterwards. */
export function operatorEvents(world: OperatorWorld, { done }: PlanResult<OperatorStep>): readonly Announcement[] {
  const left = leavingWith(world);
  if (left.length === 0 || !done.some(({ type }) => type === 'removeFinalizer')) return [];
  const names = left.slice(0, mostNamed).map(identityOf).join(', ');
  const others = left.length > mostNamed ? ` and ${left.length - mostNamed} others` : '';
  const message = `OpenSDN was let go after its deadline; still there: ${names}${others}. Their finalizers say what holds them.`;
  return [{ type: 'Warning', reason: 'LeftBehind', message }];
}
