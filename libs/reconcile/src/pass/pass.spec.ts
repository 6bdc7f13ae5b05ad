import { ConfigMapKind, configurationOf, type IpamHost, IpamHostKind, type Progress, SecretKind } from '@keelson/api';
import { afterEach, describe, expect, it } from '@jest/globals';
import { conflict, terminal, transient } from '@keelson/std';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { settled } from '../plan.js';
import type { Reconciler } from '../reconciler.js';
import {
  anIpamHost,
  readyMap,
  type TestStep,
  testReconciler,
  type TestSpy,
  type TestWorld,
} from '../reconcile.fixtures.js';

const one = { namespace: 'default', name: 'one' };
let world: HermeticCluster;

async function ran(spy: TestSpy, changes: Partial<Reconciler<IpamHost, TestWorld, TestStep>> = {}): Promise<void> {
  world = await hermeticCluster();
  await world.run('baremetal-svc', [testReconciler(spy, changes)]);
}

async function progress(): Promise<Progress | undefined> {
  return (await world.get(IpamHostKind, one)).status?.progress;
}

/** Fails as often as told, then lets pass. */
function failing(times: number, failure: () => Error): { fail(): void; count: number } {
  const counter = {
    count: 0,
    fail(): void {
      counter.count += 1;
      if (counter.count <= times) throw failure();
    },
  };
  return counter;
}

afterEach(() => world.close());

describe('a step that fails', () => {
  it('is tried again with backoff when that can help, and the status says why it waits', async () => {
    const tries = failing(4, () => transient('the BMC does not answer', { reason: 'BMCUnreachable' }));
    await ran({ ran: () => tries.fail() });
    await world.apply(anIpamHost('one'));
    await world.advance(1);
    expect(await progress()).toMatchObject({ reason: 'BMCUnreachable', message: 'the BMC does not answer' });
    const writes = world.calls.filter(({ isStatus }) => isStatus).length;
    await world.advance(5);
    expect(world.calls.filter(({ isStatus }) => isStatus)).toHaveLength(writes);
    await world.until('it went on', async () => (await progress())?.reason === 'MapNotReady', 30);
  });

  it('is left alone when only a change can help, until one comes', async () => {
    const tries = failing(1, () => terminal('the BMC refuses the password', { reason: 'WrongPassword' }));
    await ran({ ran: () => tries.fail() });
    await world.apply(anIpamHost('one'));
    await world.advance(300);
    expect([tries.count, (await progress())?.reason]).toEqual([1, 'WrongPassword']);
    await world.api.patch(IpamHostKind, one, { spec: { npTemplateOverride: 'x' } });
    await world.until('it went on', async () => (await progress())?.reason === 'MapNotReady', 5);
  });

  it('is tried again at once and in silence after a conflict', async () => {
    const tries = failing(3, () => conflict('the object has been modified'));
    await ran({ ran: () => tries.fail() });
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('it is ready', async () => (await progress())?.state === 'Ready', 3);
    expect(world.warnings).toEqual([]);
  });

  it('waits as long as the other side asks', async () => {
    const tries = failing(1, () => transient('busy', { retryAfterSeconds: 40 }));
    await ran({ ran: () => tries.fail() });
    await world.apply(anIpamHost('one'));
    await world.advance(39);
    expect(tries.count).toBe(1);
    await world.advance(2);
    expect(tries.count).toBeGreaterThan(1);
  });
});

describe('a world that cannot be observed', () => {
  it('is observed again, and is said so when it lasts', async () => {
    let isAway = false;
    await ran({
      observed() {
        if (isAway) throw transient('the BMC does not answer', { reason: 'BMCUnreachable' });
      },
    });
    await world.apply(anIpamHost('one'));
    await world.advance(2);
    isAway = true;
    await world.api.patch(IpamHostKind, one, { metadata: { labels: { a: 'b' } } });
    await world.until('it says so', async () => (await progress())?.reason === 'BMCUnreachable', 30);
    expect((await progress())?.state).toBe('Waiting');
    isAway = false;
    await world.until('it takes it back', async () => (await progress())?.reason === 'MapNotReady', 120);
  });

  it('is an internal error when a reconciler breaks, and others go on', async () => {
    await ran({
      observed({ host }) {
        if (host.metadata.name === 'one') throw new TypeError('undefined is not a function');
      },
    });
    await world.apply(anIpamHost('one'), anIpamHost('two'), readyMap('two'));
    await world.until(
      'two is ready',
      async () =>
        (await world.get(IpamHostKind, { namespace: 'default', name: 'two' })).status?.progress?.state === 'Ready',
      5,
    );
    expect(world.warnings[0]).toContain('an internal error: undefined is not a function');
  });
});

describe('what was not declared', () => {
  it('is neither read nor written', async () => {
    await ran(
      {},
      {
        observe: async (reader, host) => {
          expect(() => reader.get(SecretKind, one)).toThrow(
            'test/ipamhost reads Secret, which is not among its inputs',
          );
          expect(() => reader.byIndex(IpamHostKind, 'byName', 'x')).toThrow('asks for the index byName of IpamHost');
          return { now: reader.now, host, map: undefined };
        },
        plan: ({ host }) => ({ steps: [{ type: 'letGo', host }], outcome: settled }),
        steps: {
          ...testReconciler().steps,
          letGo: {
            describe: () => 'write a Secret',
            run: async (_step, writer) =>
              void (await writer.create(SecretKind, { apiVersion: 'v1', kind: 'Secret', metadata: one })),
          },
        },
      },
    );
    await world.apply(anIpamHost('one'));
    await world.until('it says so', async () => (await progress())?.reason === 'UndeclaredOutput', 5);
    expect((await progress())?.message).toBe('test/ipamhost wants to create Secret, which is not among its outputs');
  });
});

describe('a pass that never comes to rest', () => {
  it('is damped when two undo what the other does', async () => {
    let passes = 0;
    const quarrel = (name: string, value: string): Reconciler<IpamHost, TestWorld, TestStep> => ({
      ...testReconciler({ observed: () => void (passes += 1) }),
      name,
      plan: ({ host }) => ({
        steps: [{ type: 'makeMap', namespace: 'default', name: host.metadata.name }],
        outcome: settled,
      }),
      steps: {
        ...testReconciler().steps,
        makeMap: {
          describe: () => 'insist',
          run: async (_step, writer) =>
            void (await writer.apply(
              ConfigMapKind,
              configurationOf(ConfigMapKind, { metadata: one, data: { value } }),
              { force: true },
            )),
        },
      },
      status: () => undefined,
    });
    world = await hermeticCluster();
    await world.run('baremetal-svc', [quarrel('test/a', 'a'), quarrel('test/b', 'b')]);
    await world.apply(anIpamHost('one'));
    await world.advance(10);
    expect(passes).toBeLessThan(3_000);
    expect(world.warnings.join()).toContain('somebody undoes what is done');
  });

  it('is slowed down', async () => {
    let passes = 0;
    await ran(
      { observed: () => void (passes += 1) },
      { plan: () => ({ steps: [], outcome: { type: 'progressing' } }), status: () => undefined },
    );
    await world.apply(anIpamHost('one'));
    await world.advance(600);
    expect(passes).toBeLessThan(60);
  });
});
