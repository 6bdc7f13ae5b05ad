import { describe, expect, it } from '@jest/globals';
import type { ClusterUpdatePlan, ClusterUpdatePlanStatus, Machine, UpdateGroup } from '@keelson/api';
import type { UpdateAnswer, UpdatedMachine } from '@keelson/contracts';
import { memoryRecords } from '@keelson/store';
import { machineRows, paceRows, PastSteps, stepRowName, stepRows } from '../past/past-steps.js';
import type { Finishes } from './plan.forecast.js';
import { observeFinishes } from './plan.finishes.js';
import { outlookOf } from './plan.outlook.js';
import type { Said } from './plan.owners.js';

const begin = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const at = (minutes: number): string => new Date(begin + minutes * minute).toISOString();
const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-a', 'k8s-workers-b', 'mcc-components'];
const names = ['cp-1', 'cp-2', 'cp-3', 'a-1', 'a-2', 'a-3', 'a-4', 'b-1', 'b-2', 'b-3', 'b-4'];

describe('when an update will be over', () => {
  it('is foretold of all steps that are left, from what they took before', async () => {
    // Openstack 60 min, ceph 30, components 30, three machines of 10 one by one, and four of 10 in either group one by one.
    const { whole, steps: each } = await look({ running: 'openstack' });
    expect(minutesTo(whole?.at)).toBeGreaterThan(200);
    expect(minutesTo(whole?.at)).toBeLessThan(280);
    expect(minutesTo(each.get('openstack')?.at)).toBeLessThan(90);
    expect(minutesTo(whole?.earliest)).toBeLessThan(minutesTo(whole?.at));
    expect(minutesTo(whole?.latest)).toBeGreaterThan(minutesTo(whole?.at));
  });

  it('counts groups with the same index once, as they go side by side', async () => {
    const [one, both] = [await look({ running: 'openstack' }), await look({ running: 'openstack', indices: [1, 1] })];
    expect(minutesTo(one.whole?.at) - minutesTo(both.whole?.at)).toBeGreaterThan(20);
  });

  it('is nearer the more is done', async () => {
    const done = ['openstack', 'ceph', 'k8s-controllers'];
    const { whole } = await look({ running: 'k8s-workers-a', done, machines: told('a', 2) });
    expect(minutesTo(whole?.at)).toBeGreaterThan(60);
    expect(minutesTo(whole?.at)).toBeLessThan(130);
  });

  it('is said again only when something has got further, or takes longer than was foretold', async () => {
    const done = ['openstack', 'ceph', 'k8s-controllers'];
    const given = { running: 'k8s-workers-a', done, machines: told('a', 1) } as const;
    const first = await look(given);
    const shown = { first, updated: 1 };
    expect(await look({ ...given, shown, after: 12 })).toEqual(first);
    const second = await look({ ...given, machines: told('a', 2), shown, after: 12 });
    expect(second.whole).not.toEqual(first.whole);
    const past = minutesTo(first.steps.get('k8s-workers-a')?.latest) + 1;
    const third = await look({ ...given, shown, after: past });
    expect(minutesTo(third.whole?.at)).toBeGreaterThan(past);
  });

  it('follows the pace of a step whose owner counts what is done, and is said again when that changes', async () => {
    // Half of the work was done after a third of the hour each time before; now it took half an hour.
    const given = { running: 'openstack', after: 30, paces: [50, 20] } as const;
    const blind = await look(given);
    const seen = await look({ ...given, percent: 50 });
    expect(minutesTo(seen.steps.get('openstack')?.at)).toBeGreaterThan(78);
    expect(minutesTo(seen.steps.get('openstack')?.at)).toBeLessThan(100);
    expect(minutesTo(seen.whole?.at)).toBeGreaterThan(minutesTo(blind.whole?.at) + 10);
    const shown = { first: seen, updated: 0, percent: 50 };
    expect(await look({ ...given, after: 40, percent: 50, shown })).toEqual(seen);
    const faster = await look({ ...given, after: 40, percent: 80, shown });
    expect(minutesTo(faster.steps.get('openstack')?.at)).toBeLessThan(70);
  });

  it('stays what it was while an owner is silent', async () => {
    const first = await look({ running: 'openstack' });
    expect(await look({ running: 'openstack', shown: { first, updated: 0 }, silent: true, after: 900 })).toEqual(first);
  });

  it.each([
    ['the next step waits to be commenced', { commenced: ['openstack'], done: ['openstack'] }],
    ['alerts pause it', { running: 'openstack', status: 'AutoPaused' }],
    ['nothing has begun', {}],
  ] as const)('is not foretold where %s', async (_where, given) => {
    expect(await look(given)).toEqual({ steps: new Map(), whole: undefined });
  });
});

describe('the outlook of an update', () => {
  it('is one sentence with the interval, and nothing without a forecast', () => {
    const estimatedFinish = { at: at(60), earliest: at(45), latest: at(90) };
    expect(outlookOf({ status: { estimatedFinish } } as ClusterUpdatePlan)).toBe(
      'the whole update is likely over at 2026-01-01T01:00Z, nine times in ten between 2026-01-01T00:45Z and 2026-01-01T01:30Z, each step commenced as soon as its turn comes',
    );
    expect(outlookOf({ status: {} } as ClusterUpdatePlan)).toBeUndefined();
  });
});

/** Minutes from the beginning of the running step. */
function minutesTo(time: string | undefined): number {
  return (Date.parse(time ?? '') - begin) / minute;
}

interface Given {
  readonly running?: string;
  readonly done?: readonly string[];
  readonly machines?: readonly UpdatedMachine[];
  readonly indices?: readonly [number, number];
  readonly commenced?: readonly string[];
  readonly status?: ClusterUpdatePlanStatus['status'];
  /** What the status shows already. */
  readonly shown?: { readonly first: Finishes; readonly updated: number; readonly percent?: number };
  /** How much of the running step is done. */
  readonly percent?: number;
  /** Percent of `openstack`, and the minute in which it was reached in each update before. */
  readonly paces?: readonly [number, number];
  readonly silent?: boolean;
  /** Minutes after the beginning of the running step. */
  readonly after?: number;
}

async function look(given: Given): Promise<Finishes> {
  const { running, done = [], indices = [1, 2], silent = false, after = 0 } = given;
  const said: Said = silent
    ? { answered: false, service: 'openstack-svc', why: 'no answer' }
    : { answered: true, answer: answerOf(given) };
  return observeFinishes({
    now: begin + after * minute,
    plan: planOf({ ...given, done }),
    machines: names.map(aMachine),
    groups: ['a', 'b'].map((name, i) => aGroup(name, indices[i] ?? 1)),
    said: new Map(running === undefined ? [] : [[running, said]]),
    past: await pastOf(given.paces),
  });
}

function answerOf({ machines, percent }: Given): UpdateAnswer {
  return {
    status: 'InProgress',
    message: 'is at it',
    ...(machines === undefined ? {} : { machines: [...machines] }),
    ...(percent === undefined ? {} : { percent }),
  };
}

/** Machines of a group of which so many are done, ten minutes each, and one more is at it. */
function told(group: string, done: number): readonly UpdatedMachine[] {
  return [1, 2, 3, 4].map((n) => {
    const name = `${group}-${n}`;
    if (n <= done) return { name, state: 'done', startedAt: at(10 * (n - 1)), finishedAt: at(10 * n) };
    return n === done + 1 ? { name, state: 'running', startedAt: at(10 * done) } : { name, state: 'waiting' };
  });
}

function planOf({ running, done = [], commenced = steps, status = 'InProgress', shown }: Given): ClusterUpdatePlan {
  const stepStatus = (id: string) => {
    if (done.includes(id)) return { id, status: 'Completed' };
    if (id !== running) return { id, status: 'Scheduled' };
    const estimatedFinish = shown?.first.steps.get(id);
    const machines = { total: 4, updated: shown?.updated ?? 0 };
    return { id, status: 'InProgress', startedAt: at(0), estimatedFinish, machines, percent: shown?.percent };
  };
  return {
    metadata: { name: 'first-21.2.0', namespace: 'demo', uid: 'now' },
    spec: {
      cluster: 'first',
      source: 'a',
      target: 'b',
      steps: steps.map((id) => ({
        id,
        name: id,
        commence: commenced.includes(id),
        duration: { estimated: id === 'openstack' ? '1h0m0s' : '30m0s' },
      })),
    },
    status: { status, steps: steps.map(stepStatus), estimatedFinish: shown?.first.whole },
  } as ClusterUpdatePlan;
}

function aMachine(name: string): Machine {
  const [kind = ''] = name.split('-');
  const more =
    kind === 'cp' ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : { 'kaas.mirantis.com/update-group': kind };
  return {
    metadata: { name, namespace: 'demo', labels: { 'cluster.sigs.k8s.io/cluster-name': 'first', ...more } },
    spec: { providerSpec: { value: {} } },
  } as unknown as Machine;
}

function aGroup(name: string, index: number): UpdateGroup {
  return { metadata: { name, namespace: 'demo' }, spec: { index, concurrentUpdates: 1 } } as UpdateGroup;
}

/** Three updates before in which each step and machine took just the same. */
async function pastOf(paces?: Given['paces']): Promise<PastSteps> {
  const records = memoryRecords();
  const past = new PastSteps(records);
  const rows = ['u1', 'u2', 'u3'].flatMap((uid, i) => {
    const row = (kind: string, name: string, took: number) =>
      rowsOf(kind, name, [
        ['NotStarted', 'InProgress', 0],
        ['InProgress', 'Completed', took],
      ]);
    const rowsOf = (kind: string, name: string, changes: readonly (readonly [string, string, number])[]) =>
      changes.map(([from, to, minutes]) => ({
        id: `${uid}/${name}/${to}`,
        kind,
        namespace: 'demo',
        name,
        uid,
        from,
        to,
        at: at(minutes - 100_000 + 10_000 * i),
        why: '',
      }));
    return [
      ...['openstack', 'ceph', 'mcc-components'].flatMap((step) =>
        row(stepRows, stepRowName('first', step), step === 'openstack' ? 60 : 30),
      ),
      ...names.flatMap((name) => row(machineRows, name, 10)),
      ...(paces === undefined
        ? []
        : rowsOf(paceRows, stepRowName('first', 'openstack'), [['', String(paces[0]), paces[1]]])),
    ];
  });
  await past.add({ namespace: 'demo', name: 'first' }, rows);
  return past;
}
