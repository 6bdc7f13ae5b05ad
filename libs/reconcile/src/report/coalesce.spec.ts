import { ConfigMapKind, configurationOf, type IpamHost, IpamHostKind, type Progress } from '@keelson/api';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { terminal, transient } from '@keelson/std';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import type { Manager } from '../manager.js';
import { settled, waitingOn } from '../plan.js';
import { anIpamHost, testReconciler, type TestWorld } from '../reconcile.fixtures.js';
import type { Coalescing } from '../reconciler.js';

const one = { namespace: 'default', name: 'one' };
const map = { kind: 'ConfigMap', name: 'one' };
const withinSeconds = 3;
const coalesce: Coalescing<IpamHost> = {
  withinSeconds,
  isWording: (shown, next) => shown.progress?.reason === next.progress?.reason,
};
let world: HermeticCluster;
let process: Manager;
let failure: Error | undefined;

beforeEach(async () => {
  failure = undefined;
  world = await hermeticCluster();
  await run();
  await world.apply(anIpamHost('one'));
  await says({ words: 'first' });
  await world.until('the first words', async () => (await progress())?.message === 'first', 5);
  await world.advance(60);
});
afterEach(() => world.close());

/** Waits with the words of its ConfigMap until that says `ready`; a step fails while there is a failure. */
async function run(): Promise<void> {
  const plan = ({ host, map: said }: TestWorld) => {
    const { words = '', reason = 'MapNotReady', ready } = said?.data ?? {};
    const steps = failure === undefined ? [] : [{ type: 'addFinalizer' as const, host }];
    return { steps, outcome: ready === 'yes' ? settled : waitingOn(map, reason, words) };
  };
  const steps = {
    ...testReconciler().steps,
    addFinalizer: { describe: () => 'fail', run: () => Promise.reject(failure) },
  };
  process = await world.run('baremetal-svc', [testReconciler({}, { plan, coalesce, steps })]);
}

async function says(data: Record<string, string>): Promise<void> {
  await world.apply(configurationOf(ConfigMapKind, { metadata: one, data }));
}
async function progress(): Promise<Progress | undefined> {
  return (await world.get(IpamHostKind, one)).status?.progress;
}
function statusWrites(): number {
  return world.calls.filter(({ isStatus }) => isStatus).length;
}

describe('words', () => {
  it('wait for others, and the newest are written in time though nothing else happens', async () => {
    const before = statusWrites();
    for (const words of ['second', 'third', 'last']) {
      await says({ words });
      await world.advance(0.9);
    }
    expect([(await progress())?.message, statusWrites() - before]).toEqual(['first', 0]);
    await world.advance(withinSeconds - 2.6);
    expect([(await progress())?.message, statusWrites() - before]).toEqual(['last', 1]);
    await says({ words: 'later' });
    await world.advance(withinSeconds - 0.1);
    expect((await progress())?.message).toBe('last');
    await world.advance(0.2);
    expect([(await progress())?.message, statusWrites() - before]).toEqual(['later', 2]);
  });

  it('that are taken back are not written at all, and do not make the next come earlier', async () => {
    const before = statusWrites();
    await says({ words: 'second' });
    await world.advance(2);
    await says({ words: 'first' });
    await world.advance(60);
    expect(statusWrites() - before).toBe(0);
    await says({ words: 'third' });
    await world.advance(withinSeconds - 0.1);
    expect(statusWrites() - before).toBe(0);
    await world.advance(0.2);
    expect((await progress())?.message).toBe('third');
  });

  it('go with what does not wait', async () => {
    const before = statusWrites();
    await says({ words: 'second' });
    await world.advance(0.5);
    await says({ words: 'third', reason: 'Other' });
    await world.advance(0.1);
    expect(await progress()).toMatchObject({ message: 'third', reason: 'Other' });
    await world.advance(60);
    expect(statusWrites() - before).toBe(1);
  });

  it('are told at once by a process that has just begun', async () => {
    await says({ words: 'second' });
    await world.advance(1);
    await process.stop();
    await run();
    await world.advance(0.1);
    expect((await progress())?.message).toBe('second');
  });
});

describe('what is more than words', () => {
  it('is written at once: another state', async () => {
    await says({ ready: 'yes' });
    await world.advance(0.1);
    expect((await progress())?.state).toBe('Ready');
  });

  it.each([
    ['can be tried again', () => transient('no answer', { reason: 'MapNotReady' })],
    ['cannot', () => terminal('refused', { reason: 'MapNotReady' })],
  ])('is written at once: a failure that %s', async (_, fails) => {
    failure = fails();
    await world.api.patch(ConfigMapKind, one, { data: { words: 'second' } });
    await world.advance(0.1);
    expect((await progress())?.message).toBe(failure.message);
  });
});
