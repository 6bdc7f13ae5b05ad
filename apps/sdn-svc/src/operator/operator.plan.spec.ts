import { expect, it } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { unreadyOf } from './operator.plan.js';

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
  ['Job', { conditions: [{ type: 'Failed', status: 'True', message: 'no such dump' }] }, 'has failed: no such dump'],
  ['ConfigMap', {}, undefined],
])('a %s with the status %j', (kind, status, why) => {
  expect(whyOf(kind, status)).toBe(why);
});
