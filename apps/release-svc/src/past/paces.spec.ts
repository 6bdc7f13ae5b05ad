import { describe, expect, it } from '@jest/globals';
import { paceOf } from './paces.js';

const row = (kind: string, uid: string, from: string, to: string, minute: number) => ({
  id: `${kind}/${uid}/${to}/${minute}`,
  kind,
  name: 'first.openstack',
  uid,
  from,
  to,
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  why: '',
});
const step = (uid: string, ...changes: readonly (readonly [string, string, number])[]) =>
  changes.map(([from, to, minute]) => row('UpdateStep', uid, from, to, minute));
const pace = (uid: string, ...counts: readonly (readonly [number, number])[]) =>
  counts.map(([percent, minute]) => row('UpdatePace', uid, '', String(percent), minute));

const begun = ['Scheduled', 'InProgress', 0] as const;
const over = ['InProgress', 'Completed', 100] as const;

describe('how a step got on', () => {
  it('is told as shares of the time it took, by update, beside how far the one is that is under way', () => {
    const steps = [...step('u1', begun, over), ...step('now', begun)];
    const counts = [...pace('u1', [0, 1], [20, 10], [60, 80]), ...pace('now', [0, 1], [20, 12])];
    expect(paceOf(steps, counts, 'now')).toEqual({
      past: [
        [
          { work: 0.2, time: 0.1 },
          { work: 0.6, time: 0.8 },
        ],
      ],
      counted: { work: 0.2, at: '2026-01-01T00:12:00.000Z' },
      stoodStill: false,
    });
  });

  it('counts work that was lost and done again once, and no time outside the step', () => {
    const counts = pace('u1', [20, 10], [10, 20], [20, 30], [40, 50], [60, 200]);
    expect(paceOf(step('u1', begun, over), counts, 'now').past).toEqual([
      [
        { work: 0.2, time: 0.1 },
        { work: 0.4, time: 0.5 },
      ],
    ]);
  });

  it.each(['Failed', 'AutoPaused', 'NotStarted'])('says nothing of an update in which the step was %s', (state) => {
    const stopped = [begun, ['InProgress', state, 50], [state, 'InProgress', 60]] as const;
    expect(paceOf(step('u1', ...stopped, over), pace('u1', [20, 10]), 'now').past).toEqual([]);
    expect(paceOf(step('now', ...stopped), pace('now', [20, 10]), 'now').stoodStill).toBe(true);
  });

  it('knows nothing where nothing is recorded', () => {
    expect(paceOf([], [], 'now')).toEqual({ past: [], counted: undefined, stoodStill: false });
  });
});
