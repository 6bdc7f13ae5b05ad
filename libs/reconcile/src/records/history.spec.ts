import { type IpamHost, IpamHostKind, type KubeObject } from '@keelson/api';
import type { HistoryEntry } from '@keelson/store';
import { memoryRecords } from '@keelson/store';
import { describe, expect, it } from '@jest/globals';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { testReconciler } from '../reconcile.fixtures.js';
import { Expectations } from './expectations.js';
import { History } from './history.js';

function aHost(resourceVersion: string, state?: string): IpamHost {
  const object = {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'IpamHost',
    metadata: { name: 'one', namespace: 'default', uid: 'u1', resourceVersion },
    spec: {},
  };
  return (state === undefined ? object : { ...object, status: { ipAllocationResult: state } }) as IpamHost;
}

interface Options {
  readonly records?: ReturnType<typeof memoryRecords>;
  readonly fails?: () => number;
  /** What the API itself holds. */
  readonly found?: KubeObject;
}

function opened(options: Options = {}) {
  const clock = new VirtualClock(0);
  const random = seededRandom('history');
  const records = options.records ?? memoryRecords({ random, faults: () => options.fails?.() ?? 0 });
  const expectations = new Expectations();
  let appended = 0;
  const history = new History({
    reconcilers: [testReconciler()],
    records,
    clock,
    random,
    log: silentLog,
    expectations,
    find: async () => options.found,
    onAppended: () => (appended += 1),
  });
  const told = (): string[] => records.all().map(({ from, to, why }) => `${from}>${to}: ${why}`);
  return { clock, records, expectations, history, told, appended: () => appended };
}

describe('a history', () => {
  it('has each change of state once, with the reason that was given for it', async () => {
    const { clock, expectations, history, told, records, appended } = opened();
    history.start(() => [aHost('1')]);
    expectations.expect('u1', 'Ready', 'somebody said so');
    history.seen(IpamHostKind, 'MODIFIED', aHost('2', 'Waiting'));
    history.seen(IpamHostKind, 'MODIFIED', aHost('3', 'Waiting'));
    history.seen(IpamHostKind, 'MODIFIED', aHost('4', 'Ready'));
    history.seen(IpamHostKind, 'MODIFIED', aHost('3', 'Waiting'));
    history.seen(IpamHostKind, 'DELETED', aHost('5', 'Ready'));
    await clock.advance(1);
    expect(told()).toEqual([
      '>New: IpamHost one was made',
      'New>Waiting: Its ConfigMap is not ready.',
      'Waiting>Ready: somebody said so',
      'Ready>: IpamHost one is gone',
    ]);
    expect(records.unsent().map(({ subject }) => subject)).toEqual(['baremetal.ipamhost.accepted']);
    expect(appended()).toBeGreaterThan(0);
  });

  it('finds after a restart what was not recorded, and repeats nothing', async () => {
    const first = opened();
    first.history.start(() => [aHost('2', 'Waiting')]);
    await first.clock.advance(1);
    const second = opened({ records: first.records });
    second.history.start(() => [aHost('9', 'Ready')]);
    await second.clock.advance(1);
    const third = opened({ records: first.records });
    third.history.start(() => [aHost('9', 'Ready')]);
    await third.clock.advance(1);
    expect(third.told().map((line) => line.split(':')[0])).toEqual(['>Waiting', 'Waiting>Ready']);
  });

  it('closes after a restart, once, the history of what went while no process ran', async () => {
    const first = opened();
    first.history.start(() => [aHost('2', 'Waiting')]);
    await first.clock.advance(1);
    for (const _ of [1, 2]) {
      const later = opened({ records: first.records });
      later.history.start(() => []);
      await later.clock.advance(1);
    }
    expect(first.told()).toEqual([
      '>Waiting: Its ConfigMap is not ready.',
      'Waiting>: IpamHost one is gone; it went while no process watched',
    ]);
    expect(first.records.all()[1]).toMatchObject({ namespace: 'default', name: 'one', uid: 'u1' });
  });

  it('closes nothing that a cache is only late to show, and closes what was made anew', async () => {
    const first = opened();
    first.history.start(() => [aHost('2', 'Waiting')]);
    await first.clock.advance(1);
    const late = opened({ records: first.records, found: aHost('2', 'Waiting') });
    late.history.start(() => []);
    await late.clock.advance(1);
    expect(first.told()).toHaveLength(1);
    const anew = { ...aHost('7'), metadata: { ...aHost('7').metadata, uid: 'u2' } };
    const after = opened({ records: first.records, found: anew });
    after.history.start(() => [anew]);
    await after.clock.advance(1);
    expect(first.records.all().map(({ uid, to }) => [uid, to])).toEqual([
      ['u1', 'Waiting'],
      ['u2', 'New'],
      ['u1', ''],
    ]);
  });

  it('waits in memory while the records are away and loses nothing', async () => {
    let chance = 1;
    const { clock, history, told } = opened({ fails: () => chance });
    history.start(() => [aHost('1')]);
    history.seen(IpamHostKind, 'MODIFIED', aHost('2', 'Waiting'));
    await clock.advance(30_000);
    expect(told()).toEqual([]);
    history.seen(IpamHostKind, 'MODIFIED', aHost('3', 'Ready'));
    chance = 0;
    await clock.advance(90_000);
    expect(told().map((line) => line.split(':')[0])).toEqual(['>New', 'New>Waiting', 'Waiting>Ready']);
  });

  it('gives up waiting for the records when it is stopped', async () => {
    const { clock, history } = opened({ fails: () => 1 });
    history.start(() => [aHost('1')]);
    const stopping = history.stop(5_000);
    await clock.advance(5_000);
    await stopping;
    expect([history.waiting, clock.nextDue()]).toEqual([0, undefined]);
  });

  it('keeps no more than it may while the records are away', async () => {
    const appended: HistoryEntry[] = [];
    let isAway = false;
    const records = memoryRecords();
    const { clock, history } = opened({
      records: {
        ...records,
        all: () => [],
        unsent: () => [],
        refused: () => [],
        lastStates: async () => new Map(),
        append: async (entries) => (isAway ? Promise.reject(new Error('away')) : void appended.push(...entries)),
      },
    });
    history.start(() => []);
    await clock.advance(1);
    isAway = true;
    for (let i = 0; i < 10_100; i += 1)
      history.seen(IpamHostKind, 'ADDED', {
        ...aHost('1'),
        metadata: { name: `h${i}`, namespace: 'default', uid: `u${i}`, resourceVersion: '1' },
      } as KubeObject);
    expect(history.waiting).toBe(10_000);
    isAway = false;
    await clock.advance(120_000);
    expect([appended.length, appended[0]?.transition.name]).toEqual([10_000, 'h100']);
  });
});
