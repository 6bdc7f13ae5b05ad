import { describe, expect, it } from '@jest/globals';
import type { ClusterUpdatePlan } from '@keelson/api';
import type { FinishedSpan, Spans } from '@keelson/service';
import { seededRandom } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { PastSteps, machineRows, phaseRows, stepRows } from '../past/past-steps.js';
import { timelineOf } from './timeline.js';
import { UpdateTraces } from './update-trace.js';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const now = Date.parse(at(60));
const plan = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'ClusterUpdatePlan',
  metadata: { name: 'first-2', namespace: 'demo', uid: 'u-1' },
  spec: { cluster: 'first', source: 'a', target: 'b', steps: [{ id: 'ceph' }, { id: 'k8s-workers-x' }] },
  status: { status: 'InProgress', startedAt: at(0) },
} as unknown as ClusterUpdatePlan;
type Row = readonly [kind: string, name: string, from: string, to: string, minute: number];
const rows: readonly Row[] = [
  [stepRows, 'first.ceph', 'NotStarted', 'InProgress', 0],
  [stepRows, 'first.ceph', 'InProgress', 'Completed', 10],
  [stepRows, 'first.k8s-workers-x', 'NotStarted', 'InProgress', 10],
  [machineRows, 'wk-1', 'NotStarted', 'InProgress', 11],
  [phaseRows, 'wk-1', '', 'drain', 11],
  [phaseRows, 'wk-1', 'drain', '', 14],
  [phaseRows, 'wk-1', '', 'uncordon', 14],
  [machineRows, 'wk-1', 'InProgress', 'Completed', 20],
];
const end: Row = [stepRows, 'first.k8s-workers-x', 'InProgress', 'Completed', 21];

async function past(of: readonly Row[]): Promise<PastSteps> {
  const records = memoryRecords({ random: seededRandom('trace') });
  const steps = new PastSteps(records);
  await steps.add(
    { namespace: 'demo', name: 'first' },
    of.map(([kind, name, from, to, minute]) => ({
      id: `${kind}/${name}/${from}/${to}`,
      kind,
      namespace: 'demo',
      name,
      uid: 'u-1',
      from,
      to,
      at: at(minute),
      why: '',
    })),
  );
  return steps;
}

function collected(): { readonly spans: Spans; readonly told: FinishedSpan[] } {
  const told: FinishedSpan[] = [];
  return {
    told,
    spans: { isOn: true, record: (span) => told.push(span), within: (_ids, work) => work(), traceId: () => undefined },
  };
}

describe('the trace of an update', () => {
  it('is told of what is over, once; all of it again by the next process, with the same ids', async () => {
    const { spans, told } = collected();
    const traces = new UpdateTraces(spans, await past(rows));
    expect(traces.isNew(plan, now)).toBe(true);
    await traces.tell(plan, ['wk-1'], now);
    await traces.tell(plan, ['wk-1'], now);
    expect(told.map(({ name }) => name)).toEqual(['step ceph', 'machine wk-1']);
    expect(traces.isNew(plan, now)).toBe(false);
    const next = collected();
    await new UpdateTraces(next.spans, await past([...rows, end])).tell(plan, ['wk-1'], now);
    expect(next.told.map(({ name }) => name)).toEqual([
      'update first-2',
      'step ceph',
      'step k8s-workers-x',
      'machine wk-1',
    ]);
    const [root, ceph, workers, machine] = next.told;
    expect([ceph, machine]).toEqual(told);
    expect([ceph?.parent, workers?.parent, machine?.parent]).toEqual([root?.spanId, root?.spanId, workers?.spanId]);
    expect(root).toMatchObject({ startedAt: at(0), endedAt: at(21), attributes: { 'keelson.cluster': 'first' } });
  });

  it('is not told again of an update that was over long before the process began', () => {
    const over = { ...plan, status: { ...plan.status, status: 'Completed', finishedAt: at(0) } } as ClusterUpdatePlan;
    const traces = new UpdateTraces(collected().spans, new PastSteps(memoryRecords({ random: seededRandom('x') })));
    expect([traces.isNew(over, now - 1), traces.isNew(over, now)]).toEqual([true, false]);
  });
});

describe('the timeline of an update', () => {
  it('ends the last phase of a machine with the machine when nothing else was heard of it', async () => {
    const { spans } = await timelineOf(plan, ['wk-1'], await past(rows), now);
    expect(
      spans
        .filter(({ what }) => what === 'phase')
        .map(({ name, of, startedAt, finishedAt }) => [name, of, startedAt, finishedAt]),
    ).toEqual([
      ['drain', 'wk-1', at(11), at(14)],
      ['uncordon', 'wk-1', at(14), at(20)],
    ]);
  });
});
