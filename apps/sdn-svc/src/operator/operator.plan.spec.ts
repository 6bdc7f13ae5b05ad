import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { anOperator, anOperatorWorld } from './operator.fixtures.js';
import { operatorEvents } from './operator.events.js';
import { planOperator, unreadyOf } from './operator.plan.js';

function whyOf(kind: string, status: object, absent = 0): string | undefined {
  const live: KubeObject & { readonly status: object } = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'tf-config', namespace: 'tf', generation: 1 },
    status: { observedGeneration: 1, ...status },
  };
  return unreadyOf({ name: 'config', items: [{ wanted: live, live, isCurrent: true, absent }] })?.why;
}

it.each([
  [0, 'pods on 3 of 4 nodes are available'],
  [1, undefined],
])('a DaemonSet that misses one pod, with %i nodes that are dead or out of use', (absent, why) => {
  const counts = { desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 3 };
  expect(whyOf('DaemonSet', counts, absent)).toBe(why);
});

it.each([
  ['DaemonSet', { desiredNumberScheduled: 0, numberMisscheduled: 0 }, undefined],
  ['DaemonSet', { desiredNumberScheduled: 0, numberMisscheduled: 2 }, 'still has pods on 2 nodes'],
  ['Job', { conditions: [{ type: 'Complete', status: 'True' }] }, undefined],
  ['Job', { active: 1 }, 'is running'],
  [
    'Job',
    { conditions: [{ type: 'Failed', status: 'True', message: 'no such dump' }] },
    'has failed: no such dump; delete it to have it tried again',
  ],
  ['ConfigMap', {}, undefined],
])('a %s with the status %j', (kind, status, why) => {
  expect(whyOf(kind, status)).toBe(why);
});

describe('a TFOperator that leaves', () => {
  const hour = 3_600_000;
  const deadline = new Date(Date.UTC(2026, 0, 1, 12)).toISOString();
  const operator = anOperator({ state: 'Deleting', progress: { state: 'Deleting', since: deadline, deadline } });
  const object = (kind: string, name: string, isGoing: boolean): KubeObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(isGoing ? { deletionTimestamp: deadline } : {}) },
  });
  const steps = (overdueMs: number, isGoing: boolean): readonly string[] => {
    const world = anOperatorWorld({
      now: Date.parse(deadline) + overdueMs,
      operator,
      isLeaving: true,
      handedOver: object('Secret', 'ost-data', isGoing),
      belongings: [object('NodeWorkloadLock', 'tf-a', isGoing)],
    });
    const plan = planOperator(world);
    const said = operatorEvents(world, { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now: world.now });
    return [...plan.steps.map(({ type }) => type), ...said.map(({ message }) => message)];
  };

  it('asks everything to go, locks and all, waits for it, and is let go in the end whatever stays', () => {
    expect([steps(-hour, false), steps(-hour, true), steps(60_000, false)]).toEqual([['prune'], [], ['prune']]);
    const message =
      'OpenSDN was let go after its deadline; still there: Secret ost-data, NodeWorkloadLock tf-a. Their finalizers say what holds them.';
    expect([steps(1, true), steps(hour, false)]).toEqual([
      ['removeFinalizer', message],
      ['removeFinalizer', message],
    ]);
  });
});
