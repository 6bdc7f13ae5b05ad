import { describe, expect, it } from '@jest/globals';
import { aToken, anAgentWorld, item } from './agent.fixtures.js';
import { itemHash } from './items.js';

const chain = [item('join', 'deploy'), item('tune', 'reconfigure'), item('fetch', 'prepare'), item('setup', 'prepare')];

describe('the host agent', () => {
  it('introduces the host, then runs the items by phase with one status write at the end of each', async () => {
    const world = anAgentWorld({ stateItems: chain });
    const agent = world.start();
    await world.clock.advance(60_000);
    expect(world.ran).toEqual(['fetch', 'setup', 'join', 'tune']);
    expect(world.api.statusWrites).toHaveLength(5);
    expect(world.api.statusWrites[0]).toEqual({
      stateItemStatuses: {},
      agentVersion: '0.1.0',
      hostInfo: { simulated: 'yes' },
      addresses: [{ type: 'InternalIP', address: '127.20.0.21' }],
    });
    expect(world.api.machine?.status?.stateItemStatuses?.['join']).toEqual({
      hash: itemHash(item('join', 'deploy')),
      exitCode: 0,
      message: 'ok',
      attempt: 1,
      startedAt: '2026-01-01T00:00:20Z',
      finishedAt: '2026-01-01T00:00:30Z',
    });
    await agent.stop();
  });

  it('tells quick successes of a phase together: after five seconds, at its end, or with a failure', async () => {
    const quick = ['a', 'b', 'c', 'd', 'e'].map((name) => item(name, 'prepare'));
    const world = anAgentWorld({ stateItems: [...quick, item('f', 'deploy'), item('g', 'deploy')] });
    world.runMs = 2_000;
    world.outcomes.push(...quick.map(() => ({ exitCode: 0, message: 'ok' })), { exitCode: 0, message: 'ok' });
    world.outcomes.push({ exitCode: 3, message: 'no' });
    const agent = world.start();
    const told = (): string[] =>
      world.api.statusWrites.map(({ stateItemStatuses = {} }) => Object.keys(stateItemStatuses).join(''));
    await world.clock.advance(6_900);
    expect([world.ran.join(''), told()]).toEqual(['abcd', ['']]);
    await world.clock.advance(200);
    expect(told()).toEqual(['', 'abc']);
    await world.clock.advance(2_950);
    expect([world.ran.join(''), told()]).toEqual(['abcdef', ['', 'abc', 'abcde']]);
    await world.clock.advance(4_000);
    expect([world.ran.join(''), told()]).toEqual(['abcdefg', ['', 'abc', 'abcde', 'abcdefg']]);
    await agent.stop();
  });

  it('runs again after a sudden end what it had not told yet', async () => {
    const world = anAgentWorld({ stateItems: [item('a', 'prepare'), item('b', 'prepare')] });
    world.runMs = 2_000;
    const killed = world.start();
    await world.clock.advance(3_000);
    await killed.stop();
    const again = world.start();
    await world.clock.advance(10_000);
    expect([world.ran.join(''), world.api.machine?.status?.stateItemStatuses]).toMatchObject([
      'abab',
      { a: { exitCode: 0, attempt: 1 }, b: { exitCode: 0 } },
    ]);
    await again.stop();
  });

  it('skips what is done, runs a changed item again, and leaves volatile params aside', async () => {
    const world = anAgentWorld({
      stateItems: [item('a', 'deploy', { params: { controlNodeIP: '1', x: '1' } }), item('b', 'deploy')],
    });
    const agent = world.start();
    await world.clock.advance(60_000);
    world.api.setSpec({
      stateItems: [
        item('a', 'deploy', { params: { controlNodeIP: '2', x: '1' } }),
        item('b', 'deploy', { version: '2' }),
      ],
    });
    await world.clock.advance(60_000);
    expect(world.ran).toEqual(['a', 'b', 'b']);
    await agent.stop();
    const again = world.start();
    await world.clock.advance(60_000);
    expect(world.ran).toEqual(['a', 'b', 'b']);
    await again.stop();
  });

  it('tries a failed item again, counting, before any later one', async () => {
    const world = anAgentWorld({ stateItems: [item('a', 'deploy'), item('b', 'deploy')] });
    world.outcomes.push({ exitCode: 3, message: 'no' }, { exitCode: 3, message: 'no' });
    const agent = world.start();
    await world.clock.advance(15_000);
    expect(world.api.machine?.status?.stateItemStatuses).toMatchObject({ a: { exitCode: 3, attempt: 1 } });
    await world.clock.advance(120_000);
    expect(world.ran).toEqual(['a', 'a', 'a', 'b']);
    expect(world.api.machine?.status?.stateItemStatuses).toMatchObject({ a: { exitCode: 0, attempt: 3 } });
    await agent.stop();
  });

  it('ends an item that hangs and says why', async () => {
    const world = anAgentWorld({ stateItems: [item('a', 'deploy')] });
    world.outcomes.push('hang');
    const agent = world.start();
    await world.clock.advance(31 * 60_000);
    expect(world.api.statusWrites[1]?.stateItemStatuses?.['a']).toMatchObject({
      exitCode: 1,
      message: 'it did not end within 30 minutes',
    });
    await agent.stop();
  });

  it('does nothing while halted', async () => {
    const world = anAgentWorld({ stateItems: chain, haltAgent: true });
    const agent = world.start();
    await world.clock.advance(60_000);
    expect(world.ran).toEqual([]);
    world.api.setSpec({ stateItems: chain });
    await world.clock.advance(60_000);
    expect(world.ran).toHaveLength(4);
    await agent.stop();
  });

  it('reboots once after the items and says so after the boot', async () => {
    const world = anAgentWorld({ stateItems: [item('a', 'deploy')], rebootRequired: true });
    const before = world.start();
    await world.clock.advance(30_000);
    expect([world.reboots, world.api.machine?.status?.reboot]).toEqual([
      1,
      { requestedAt: '2026-01-01T00:00:10Z', completed: false },
    ]);
    await before.stop();
    const after = world.start(world.clock.now());
    await world.clock.advance(3_600_000);
    expect([world.reboots, world.api.machine?.status?.reboot]).toEqual([
      1,
      { requestedAt: '2026-01-01T00:00:10Z', completed: true },
    ]);
    await after.stop();
  });

  it('tells at once what its host has come to need by itself, with one write and none more', async () => {
    const world = anAgentWorld({ stateItems: [] });
    const agent = world.start();
    await world.clock.advance(10_000);
    const before = world.api.statusWrites.length;
    world.details = { simulated: 'yes', rebootRequired: true };
    world.detailsChanged();
    world.detailsChanged();
    await world.clock.advance(3_600_000);
    expect([world.api.statusWrites.length - before, world.api.machine?.status?.hostInfo]).toEqual([
      1,
      { simulated: 'yes', rebootRequired: true },
    ]);
    await agent.stop();
  });

  it('survives the loss of the API for a day and loses no result', async () => {
    const world = anAgentWorld({ stateItems: [item('a', 'deploy'), item('b', 'deploy'), item('c', 'deploy')] });
    const agent = world.start();
    await world.clock.advance(5_000);
    world.api.lose();
    await world.clock.advance(86_400_000);
    // The next item is begun while the success of the first waits to be told; nothing after it.
    expect([world.ran, world.api.machine?.status?.stateItemStatuses]).toEqual([['a', 'b'], {}]);
    world.api.isLost = false;
    await world.clock.advance(180_000);
    expect(world.ran).toEqual(['a', 'b', 'c']);
    expect(world.api.machine?.status?.stateItemStatuses).toMatchObject({
      a: { exitCode: 0, finishedAt: '2026-01-01T00:00:10Z' },
      b: { exitCode: 0 },
      c: { exitCode: 0 },
    });
    await agent.stop();
  });

  it('beats about every forty seconds', async () => {
    const world = anAgentWorld({});
    const agent = world.start();
    await world.clock.advance(3_600_000);
    expect(world.api.leaseTimes.length).toBeGreaterThan(80);
    expect(world.api.leaseTimes.length).toBeLessThan(101);
    await agent.stop();
  });

  it('renews its token when less than an hour is left', async () => {
    const world = anAgentWorld({});
    const start = world.clock.now();
    world.api.newToken = aToken(start + 48 * 3_600_000);
    const agent = world.start(start, aToken(start + 24 * 3_600_000));
    await world.clock.advance(22.9 * 3_600_000);
    expect(world.tokens).toEqual([]);
    await world.clock.advance(3_600_000);
    expect([world.tokens, world.api.tokensAsked]).toEqual([
      [world.api.newToken],
      [{ namespace: 'demo', name: 'lcm-cp-1' }],
    ]);
    await agent.stop();
  });

  it('stops without leaving a timer', async () => {
    const world = anAgentWorld({ stateItems: chain });
    const agent = world.start();
    await world.clock.advance(5_000);
    await agent.stop();
    await world.clock.advance(20_000);
    expect(world.clock.nextDue()).toBeUndefined();
  });
});
