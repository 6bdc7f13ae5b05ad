import { ConfigMapKind, EventKind, IpamHostKind } from '@keelson/api';
import { baremetalNews, type Transition } from '@keelson/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  eachCallFailing,
  everyStatusWriteOnce,
  type HermeticCluster,
  hermeticCluster,
  type HermeticOptions,
} from '@keelson/testing';
import { anIpamHost, finalizer, readyMap, testReconciler, type TestSpy } from './reconcile.fixtures.js';

const host = { namespace: 'default', name: 'one' };
let world: HermeticCluster;

async function opened(options: HermeticOptions = {}): Promise<HermeticCluster> {
  world = await hermeticCluster(options);
  return world;
}

async function stateOf(name = 'one'): Promise<string | undefined> {
  return (await world.find(IpamHostKind, { namespace: 'default', name }))?.status?.ipAllocationResult;
}

afterEach(() => world.close());

describe('a manager', () => {
  it('leads an object to rest, with one status write for each visible change', async () => {
    await opened();
    const manager = await world.run('baremetal-svc', [testReconciler()]);
    expect(manager.lacks()).toBeUndefined();
    await world.apply(anIpamHost('one'));
    await world.until('it waits', async () => (await stateOf()) === 'Waiting', 10);
    await world.apply(readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    await world.advance(7_200);
    expect(world.calls.filter(({ isStatus }) => isStatus)).toHaveLength(3);
    expect((await world.get(IpamHostKind, host)).status?.progress).toEqual({
      state: 'Ready',
      since: expect.any(String),
    });
  });

  it('shows since when, until when and on what an object waits', async () => {
    await opened();
    await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'));
    await world.until(
      'it waits',
      async () => (await world.get(IpamHostKind, host)).status?.progress?.waitingOn !== undefined,
      10,
    );
    expect((await world.get(IpamHostKind, host)).status?.progress).toEqual({
      state: 'Waiting',
      since: '2026-01-01T00:00:00Z',
      deadline: '2026-01-01T00:10:00Z',
      waitingOn: { kind: 'ConfigMap', namespace: 'default', name: 'one' },
      reason: 'MapNotReady',
      message: 'the ConfigMap one is not ready',
      abort: 'delete it; nothing is lost',
    });
  });

  it('is not woken by what does not matter of its own objects, and by their deletion always', async () => {
    await opened();
    let looks = 0;
    const spy: TestSpy = { observed: () => void (looks += 1) };
    await world.run('baremetal-svc', [testReconciler(spy, { relevant: ({ spec }) => spec })]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    const before = looks;
    await world.api.patch(IpamHostKind, host, { metadata: { annotations: { of: 'no concern' } } });
    await world.advance(1);
    expect(looks).toBe(before);
    await world.api.patch(IpamHostKind, host, { spec: { nicMACmap: [] } });
    await world.advance(1);
    expect(looks).toBe(before + 1);
    await world.api.delete(IpamHostKind, host);
    await world.until('it is gone', async () => (await world.find(IpamHostKind, host)) === undefined, 10);
  });

  it('looks once for one change of what an object has to do with', async () => {
    await opened();
    let looks = 0;
    await world.run('baremetal-svc', [testReconciler({ observed: () => void (looks += 1) })]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    const before = looks;
    await world.api.patch(ConfigMapKind, host, { metadata: { annotations: { of: 'no concern' } } });
    await world.advance(1);
    expect(looks).toBe(before + 1);
  });

  it('notices a deadline although nothing happens', async () => {
    await opened();
    await world.run('baremetal-svc', [testReconciler({}, { resyncSeconds: 100_000 })]);
    await world.apply(anIpamHost('one'));
    await world.until('it waits', async () => (await stateOf()) === 'Waiting', 10);
    await world.until('it gave up', async () => (await stateOf()) === 'Failed', 610);
  });

  it('lets a deleted object go and records all its states', async () => {
    await opened();
    const manager = await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    await world.api.delete(IpamHostKind, host);
    await world.until('it is gone', async () => (await world.find(IpamHostKind, host)) === undefined, 10);
    await world.advance(1);
    expect((await manager.history('IpamHost', host)).map(({ from, to, why }) => [from, to, why])).toEqual([
      ['', 'New', 'IpamHost one was made'],
      ['New', 'Waiting', 'it was seen'],
      ['Waiting', 'Ready', 'the ConfigMap says so'],
      ['Ready', '', 'IpamHost one is gone'],
    ]);
  });

  it('never runs a pass on a world older than its own writes', async () => {
    const finalizers: number[] = [];
    const spy: TestSpy = {
      observed: ({ host: seen, map }) =>
        void finalizers.push((seen.metadata.finalizers ?? []).includes(finalizer) ? (map === undefined ? 1 : 2) : 0),
    };
    await opened();
    await world.run('baremetal-svc', [testReconciler(spy)]);
    await world.apply(anIpamHost('one'));
    await world.until('it waits', async () => (await stateOf()) === 'Waiting', 10);
    await world.advance(5);
    expect(finalizers).toEqual([...finalizers].sort((a, b) => a - b));
    expect(world.calls.filter(({ verb, kind }) => verb === 'apply' && kind === 'ConfigMap')).toHaveLength(1);
  });

  it('tells an Event once while it stands, and again when it comes back', async () => {
    await opened();
    await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    await world.advance(7_200);
    expect(world.calls.filter(({ kind }) => kind === 'Event')).toHaveLength(1);
    await world.api.patch(ConfigMapKind, host, { data: { ready: 'no' } });
    await world.advance(5);
    await world.api.patch(ConfigMapKind, host, { data: { ready: 'yes' } });
    await world.advance(5);
    const events = (await world.api.list(EventKind, { namespace: 'default' })).items;
    expect(events.map(({ reason, count, involvedObject }) => [reason, count, involvedObject.name])).toEqual([
      ['Ready', 2, 'one'],
    ]);
  });

  it('sends news once, also when the bus is away for a while', async () => {
    await opened();
    world.bus.setConnected(false);
    await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    await world.advance(10);
    expect(world.records.unsent()).toHaveLength(1);
    world.bus.setConnected(true);
    await world.until('the news is out', () => world.records.unsent().length === 0, 120);
  });

  it('looks early at what the news of others tells of, also when it is told twice', async () => {
    const passes: string[] = [];
    const hears = [
      { news: baremetalNews.host.available, mapToOwn: ({ namespace, name }: Transition) => [{ namespace, name }] },
    ];
    await opened();
    await world.run('lifecycle-svc', [
      testReconciler({ observed: ({ host: seen }) => void passes.push(seen.metadata.name) }, { hears }),
    ]);
    await world.apply(anIpamHost('one'), readyMap('one'), anIpamHost('two'), readyMap('two'));
    await world.advance(60);
    passes.length = 0;
    const told = { kind: 'BareMetalHost', ...host, uid: 'u', from: 'preparing', to: 'available', at: '', why: '' };
    for (const id of ['1', '2']) {
      await world.bus.publish(baremetalNews.host.available, { ...told, id }, { id });
      await world.advance(1);
    }
    expect(passes).toEqual(['one', 'one']);
    expect(world.bus.deadLetters()).toEqual([]);
  });

  it('does not begin to hear what the contracts have no consumer for', async () => {
    const hears = [{ news: baremetalNews.host.inspected, mapToOwn: () => [] }];
    await opened();
    await expect(world.run('lifecycle-svc', [testReconciler({}, { hears })])).rejects.toThrow(
      'lifecycle-svc hears baremetal.host.inspected, for which the contracts declare no consumer',
    );
  });

  it('does not look again because of its own status write', async () => {
    let passes = 0;
    await opened();
    await world.run('baremetal-svc', [testReconciler({ observed: () => void (passes += 1) })]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 10);
    await world.advance(60);
    // One to hold it; one after the ConfigMap may come while that is in work; one to call it ready.
    expect(passes).toBeLessThanOrEqual(3);
  });

  it('comes through every single call going wrong, and dying at each', async () => {
    const played = await eachCallFailing(async (options) => {
      const cluster = await opened(options);
      const manager = await cluster.run('baremetal-svc', [testReconciler()]);
      await cluster.apply(anIpamHost('one'), readyMap('one'));
      await cluster.until('it is ready', async () => (await stateOf()) === 'Ready', 60);
      await cluster.advance(60);
      const states = (await manager.history('IpamHost', host)).map(({ to }) => to);
      expect([states[0], states.at(-1), new Set(states).size]).toEqual(['New', 'Ready', states.length]);
      expect(cluster.records.unsent()).toEqual([]);
      await cluster.close();
      return cluster;
    });
    expect(played).toBeGreaterThan(20);
    await opened();
  }, 60_000);

  it('leaves out no state when every status write is lost once', async () => {
    await opened({ faults: { api: everyStatusWriteOnce('lostRequest') } });
    const manager = await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'));
    await world.apply(readyMap('one'));
    await world.until('it is ready', async () => (await stateOf()) === 'Ready', 60);
    await world.advance(1);
    expect((await manager.history('IpamHost', host)).map(({ to }) => to)).toEqual(['New', 'Waiting', 'Ready']);
    expect(
      (await world.api.list(ConfigMapKind, { namespace: 'default' })).items.filter(
        ({ metadata }) => metadata.name === 'one',
      ),
    ).toHaveLength(1);
  });
});
