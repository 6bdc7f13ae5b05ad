import { describe, expect, it } from '@jest/globals';
import type { LCMClusterState } from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import type { FinishedSpan, Spans } from '@keelson/service';
import { anItem, anLcmCluster, anLcmMachine } from '../machine/machine.fixtures.js';
import { lastPhases } from './past-phases.js';
import { PhaseTraces } from './phase-traces.js';
import { phaseOf } from './updatephase.phase.js';

const items = [anItem('packages', 'prepare'), anItem('join', 'deploy')];
const all = ['packages', 'join'];
const lcmCluster = anLcmCluster({
  annotations: { 'keelson.dev/update-turns': 'wk-1/uid-wk-1' },
  spec: { release: '2' },
});
const machine = (release: string, done: readonly string[] = all) =>
  anLcmMachine('wk-1', items, { done: [...done], spec: { release }, status: { release: '1' } });
const row = (from: string, to: string, second: number): Transition => ({
  id: `${from}/${to}/${second}`,
  kind: 'LCMMachineUpdate',
  namespace: 'demo',
  name: 'wk-1',
  uid: 'uid-wk-1',
  from,
  to,
  at: `2026-01-01T00:00:0${second}.000Z`,
  why: '',
});

describe('the phase of a machine in its update', () => {
  const drain = (value: 'true' | 'false'): LCMClusterState => ({
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'LCMClusterState',
    metadata: { name: 'cordon-drain-wk-1', namespace: 'demo' },
    spec: { clusterName: 'first', type: 'cordon-drain', arg: 'wk-1', value },
  });

  it.each([
    ['prepare', machine('1', ['join']), undefined],
    ['locks', machine('1'), undefined],
    ['drain', machine('1'), drain('true')],
    ['os', machine('2', []), drain('true')],
    ['kubernetes', machine('2', ['packages']), drain('true')],
    ['rejoin', machine('2'), drain('true')],
    ['uncordon', machine('2'), drain('false')],
    ['uncordon', machine('2'), undefined],
  ])('is %s', (phase, lcmMachine, state) => {
    expect(phaseOf({ machine: lcmMachine, lcmCluster, drain: state })).toBe(phase);
  });

  it('is none when it is not its turn', () => {
    expect(phaseOf({ machine: machine('1'), lcmCluster: anLcmCluster({}), drain: undefined })).toBeUndefined();
  });
});

describe('phases of the last update', () => {
  const rows = [row('', 'drain', 0), row('drain', '', 1), row('', 'drain', 2), row('drain', 'os', 3)];
  const told: FinishedSpan[] = [];
  const spans: Spans = {
    isOn: true,
    record: (span) => told.push(span),
    within: (_ids, work) => work(),
    traceId: () => undefined,
  };

  it('are those since its turn came, the one under way without an end', () => {
    expect(lastPhases(rows)).toEqual([
      { name: 'drain', startedAt: rows[2]?.at, finishedAt: rows[3]?.at },
      { name: 'os', startedAt: rows[3]?.at },
    ]);
    expect(lastPhases([])).toEqual([]);
  });

  it('are told once in a process, and with the same ids by the next one', () => {
    const trace = '0'.repeat(32);
    const traces = new PhaseTraces(spans);
    expect(traces.isUntold(machine('1'), trace)).toBe(true);
    traces.tell(machine('1'), trace, lastPhases(rows));
    traces.tell(machine('1'), trace, lastPhases(rows));
    expect([told.map(({ name }) => name), traces.isUntold(machine('1'), trace)]).toEqual([['phase drain'], false]);
    new PhaseTraces(spans).tell(machine('1'), trace, lastPhases(rows));
    expect(told[1]).toEqual(told[0]);
  });
});
