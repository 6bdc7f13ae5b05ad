import { describe, expect, it } from '@jest/globals';
import type { LCMCluster } from '@keelson/api';
import { equalJson } from '@keelson/std';
import { anLcmCluster } from '../machine/machine.fixtures.js';
import { relevantLcmCluster } from './cluster.lcm.js';

const since = '2026-01-01T00:00:00Z';
const status: NonNullable<LCMCluster['status']> = {
  phase: 'Deploying',
  requestedNodes: 3,
  readyNodes: 1,
  progress: { state: 'Deploying', since, reason: 'MachinesNotReady', message: 'items are still to be done on wk-1' },
};

/** Whether its Cluster is looked at when the second status follows the first. */
function matters(before: LCMCluster['status'], after: LCMCluster['status'], spec: object = {}): boolean {
  const of = (one: LCMCluster['status']) => relevantLcmCluster({ ...anLcmCluster({ spec }), status: one ?? {} });
  return !equalJson(of(before), of(after));
}

const said = { ...status.progress, state: 'Updating', since, message: 'wk-2 is being updated' };

describe('an LCMCluster, for its Cluster', () => {
  it('does not matter by its counts, nor by what it waits for while it is built', () => {
    expect(matters(status, { ...status, readyNodes: 2 })).toBe(false);
    expect(matters(status, { ...status, progress: said })).toBe(false);
  });

  it.each<readonly [string, LCMCluster['status'], object]>([
    ['its machines are updated', { ...status, phase: 'Updating' }, {}],
    ['it is on another release than it should be on', { ...status, release: '1' }, { release: '2' }],
    ['it goes into maintenance', status, { maintenance: true }],
    ['it comes back from maintenance', { ...status, maintenance: true }, {}],
  ])('matters by what it waits for while %s', (_while, before, spec) => {
    expect(matters(before, { ...before, progress: said }, spec)).toBe(true);
  });

  it.each<readonly [string, LCMCluster['status']]>([
    ['release', { ...status, release: '2' }],
    ['maintenance', { ...status, maintenance: true }],
    ['Helm controller', { ...status, helmControllerDeployed: true }],
  ])('matters by its %s', (_what, after) => {
    expect(matters(status, after)).toBe(true);
  });
});
