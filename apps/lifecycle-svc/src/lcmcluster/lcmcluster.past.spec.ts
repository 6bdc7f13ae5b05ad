import { describe, expect, it } from '@jest/globals';
import { type LCMMachineUpgradeStatus, machineUpgradeStages } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { expectationsFrom, unknownSeconds } from './lcmcluster.past.js';

/** A machine whose update took so many seconds, or that is still in the middle of it. */
function updated(name: string, seconds: number | 'unfinished'): LCMMachineUpgradeStatus {
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'LCMMachineUpgradeStatus',
    metadata: { name, namespace: 'demo' },
    release: '2.0.0+26.2',
    stages: machineUpgradeStages.map((stage) => {
      const isLast = stage === 'Machine Upgraded';
      if (isLast && seconds === 'unfinished') return { name: stage, status: 'NotStarted', success: false };
      const timestamp = rfc3339(isLast && seconds !== 'unfinished' ? seconds * 1000 : 0);
      return { name: stage, status: 'Success', success: true, timestamp };
    }),
  };
}

const expected = (statuses: readonly LCMMachineUpgradeStatus[], machine: string): number => {
  const group = (name: string): string => name.split('-')[0] ?? '';
  return Math.round(expectationsFrom(statuses, group).secondsOf(machine, group(machine), unknownSeconds));
};

describe('how long a machine is expected to take', () => {
  it('is what its group took in the last update, and more of itself than of the others', () => {
    const past = [updated('cmp-1', 600), updated('cmp-2', 600), updated('cmp-3', 600), updated('cmp-4', 2400)];
    expect([expected(past, 'cmp-1'), expected(past, 'cmp-9')]).toEqual([600, 600]);
    expect(expected(past, 'cmp-4')).toBeGreaterThan(600);
  });

  it('is the same for all of a group that nobody has seen, and updates that have not ended tell nothing', () => {
    expect(expected([], 'cmp-1')).toBe(unknownSeconds);
    expect(expected([updated('osd-1', 600)], 'cmp-1')).toBe(unknownSeconds);
    expect(expected([updated('cmp-1', 'unfinished')], 'cmp-1')).toBe(unknownSeconds);
  });
});
