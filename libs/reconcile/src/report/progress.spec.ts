import type { KubeObject } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { blockedBy, type Outcome, progressing, settled, waitingOn } from '../plan.js';
import type { Machine } from '../reconciler.js';
import { testTable } from '../reconcile.fixtures.js';
import { progressFor } from './progress.js';

const machine: Machine<KubeObject> = { table: testTable, stateOf: () => 'New' };
const bmc = { kind: 'BMC', name: 'srv-1' };
const noon = Date.UTC(2026, 0, 1, 12);

function progress(state: string, outcome: Outcome, since?: string, now = noon) {
  return progressFor({ machine, state, before: since === undefined ? undefined : { state, since }, outcome, now });
}

describe('the block of progress', () => {
  it('begins a state now and keeps its beginning while it lasts', () => {
    expect(progress('Waiting', progressing()).since).toBe('2026-01-01T12:00:00Z');
    expect(progress('Waiting', progressing(), '2026-01-01T11:59:00Z')).toEqual({
      state: 'Waiting',
      since: '2026-01-01T11:59:00Z',
      deadline: '2026-01-01T12:09:00Z',
      abort: 'delete it; nothing is lost',
    });
    expect(
      progressFor({
        machine,
        state: 'Waiting',
        before: { state: 'New', since: '2026-01-01T10:00:00Z' },
        outcome: settled,
        now: noon,
      }).since,
    ).toBe('2026-01-01T12:00:00Z');
  });

  it('counts the deadline from the last time that the object got on, and never from before its state', () => {
    const before = { state: 'Waiting', since: '2026-01-01T11:50:00Z' };
    const at = (renewedAt: number | undefined) =>
      progressFor({ machine, state: 'Waiting', before, outcome: progressing(), now: noon, renewedAt });
    expect(at(noon - 60_000)).toMatchObject({ since: before.since, deadline: '2026-01-01T12:09:00Z' });
    expect(at(noon - 60_000).reason).toBeUndefined();
    expect(at(noon - 3_600_000)).toMatchObject({ deadline: '2026-01-01T12:00:00Z', reason: 'DeadlinePassed' });
  });

  it('names what must move', () => {
    expect(progress('Waiting', waitingOn(bmc, 'BMCUnreachable', 'the BMC does not answer', 30))).toMatchObject({
      waitingOn: bmc,
      reason: 'BMCUnreachable',
      message: 'the BMC does not answer',
    });
    expect(progress('Failed', blockedBy(bmc, 'WrongPassword', 'correct the password'))).toEqual({
      state: 'Failed',
      since: '2026-01-01T12:00:00Z',
      waitingOn: bmc,
      reason: 'WrongPassword',
      message: 'correct the password',
    });
  });

  it('says so when a deadline has passed and nobody gave a reason', () => {
    expect(progress('Waiting', progressing(), '2026-01-01T11:50:00Z')).toMatchObject({
      reason: 'DeadlinePassed',
      message: 'The state Waiting has lasted past its deadline. What follows: it fails',
    });
    expect(progress('Waiting', waitingOn(bmc, 'BMCUnreachable', 'no answer'), '2026-01-01T11:00:00Z').reason).toBe(
      'BMCUnreachable',
    );
  });

  it('has no deadline and no abort at rest', () => {
    expect(progress('Ready', settled, '2020-01-01T00:00:00Z')).toEqual({
      state: 'Ready',
      since: '2020-01-01T00:00:00Z',
    });
  });
});
