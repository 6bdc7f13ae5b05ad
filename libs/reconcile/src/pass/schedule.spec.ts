import { describe, expect, it } from '@jest/globals';
import { transient } from '@keelson/std';
import { blockedBy, progressing, settled, settledFor, waitingOn } from '../plan.js';
import { type Memory, newMemory } from './memory.js';
import type { PassReport } from './pass.js';
import { nextLook } from './schedule.js';

const bmc = { kind: 'BMC', name: 'srv-1' };
const half = { next: () => 0.5 };

function look(report: PassReport, memory: Partial<Memory> = {}, polls?: { system: string; everySeconds: number }[]) {
  return nextLook({
    report,
    reconciler: { resyncSeconds: 600, ...(polls === undefined ? {} : { polls }) },
    memory: { ...newMemory(), ...memory },
    random: half,
    now: 0,
  });
}

describe('the next look', () => {
  it('comes at once while something changes, and slower when nothing does', () => {
    const report: PassReport = { end: 'progressing', outcome: progressing(), isChanged: true };
    expect(look(report, { spins: 3 })).toEqual({ afterMs: 0, priority: 'progress' });
    expect(look({ ...report, isChanged: false }, { spins: 3, idleSpins: 2 })).toEqual({
      afterMs: 300,
      priority: 'progress',
    });
    expect(look(report, { spins: 40 })?.afterMs).toBeGreaterThan(20_000);
  });

  it('comes at the resync period, or at that of the shortest poll', () => {
    expect(look({ end: 'settled', outcome: settled, isChanged: false })).toEqual({
      afterMs: 600_000,
      priority: 'resync',
    });
    expect(
      look({ end: 'settled', outcome: settled, isChanged: false }, {}, [{ system: 'BMC', everySeconds: 60 }]),
    ).toEqual({ afterMs: 60_000, priority: 'resync' });
    expect(
      look({ end: 'blocked', outcome: blockedBy(bmc, 'X', 'x'), isChanged: false }, {}, [
        { system: 'BMC', everySeconds: 60 },
      ]),
    ).toEqual({ afterMs: 600_000, priority: 'resync' });
  });

  it('comes when what is settled may be over by time alone, later or sooner than the period', () => {
    for (const seconds of [90, 4_000])
      expect(look({ end: 'settled', outcome: settledFor(seconds), isChanged: false })).toEqual({
        afterMs: seconds * 1000,
        priority: 'resync',
      });
  });

  it('comes when a wait says so, and never later than the deadline', () => {
    const report: PassReport = { end: 'waiting', outcome: waitingOn(bmc, 'X', 'x', 30), isChanged: false };
    expect(look(report)).toEqual({ afterMs: 30_000, priority: 'progress' });
    expect(look({ ...report, deadlineAt: 12_000 })).toEqual({ afterMs: 12_000, priority: 'progress' });
    expect(look({ ...report, deadlineAt: 0.25 })).toEqual({ afterMs: 1, priority: 'progress' });
    expect(look({ ...report, deadlineAt: -5 })).toEqual({ afterMs: 30_000, priority: 'progress' });
  });

  it('comes with backoff after a failure, or when the other side said', () => {
    const failed: PassReport = { end: 'failed', failure: transient('x'), isChanged: false };
    expect(look(failed, { failures: 1 })).toEqual({ afterMs: 750, priority: 'retry' });
    expect(look(failed, { failures: 30 })).toEqual({ afterMs: 225_000, priority: 'retry' });
    expect(look({ ...failed, failure: transient('x', { retryAfterSeconds: 7 }) }, { failures: 1 })).toEqual({
      afterMs: 7_000,
      priority: 'retry',
    });
  });

  it('comes soon and quietly after a conflict, and not at all when the object is gone', () => {
    expect(look({ end: 'conflict', isChanged: false }, { conflicts: 1 })?.afterMs).toBeLessThan(50);
    expect(look({ end: 'gone', isChanged: false })).toBeUndefined();
  });
});
