import { describe, expect, it } from '@jest/globals';
import { durations } from './past-steps.js';

const row = ([from, to, minute]: readonly [string, string, number], i: number) => ({
  id: String(i),
  kind: 'UpdateMachine',
  name: 'wk-1',
  uid: 'u-1',
  from,
  to,
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  why: '',
});

describe('attempts at a machine', () => {
  it('that failed are told as such, and what the last one took is all that was worked', () => {
    const rows = [
      ['NotStarted', 'InProgress', 0],
      ['InProgress', 'Failed', 20],
      ['Failed', 'InProgress', 50],
      ['InProgress', 'Completed', 55],
    ] as const;
    expect(durations(rows.map(row))).toEqual([
      { update: 'u-1', seconds: 1200, failed: true },
      { update: 'u-1', seconds: 1500, failed: false },
    ]);
  });
});
