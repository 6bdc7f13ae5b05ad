import { describe, expect, it } from '@jest/globals';
import { aLab, callbackToken, provision } from '../lab.fixtures.js';
import { serverStages } from './server.states.js';

const minutes = (count: number): number => count * 60_000;

describe('a simulated server', () => {
  it('is installed from virtual media, reports, and boots from its disk', async () => {
    const world = await aLab();
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(20));
    expect(world.reports.map(({ phase, percent }) => [phase, percent])).toEqual([
      ['booted', undefined],
      ['installing', 0],
      ['installing', 25],
      ['installing', 50],
      ['installing', 75],
      ['installed', 100],
    ]);
    expect(new Set(world.reports.map((report) => report.token))).toEqual(new Set([`Bearer ${callbackToken}`]));
    expect(world.lab.servers.get('srv-01')?.state).toMatchObject({
      stage: 'os',
      disk: { system: { instanceId: 'install-1', hostname: 'kaas-node-1', internalIP: '127.20.0.21' } },
    });
    expect(world.lab.ledger.entries().map(({ action, key }) => [action, key])).toEqual([['wipe', 'install-1']]);
  });

  it('repeats that it is installed until it is answered 200', async () => {
    const world = await aLab();
    world.answers.push(200, 200, 200, 200, 200, 202, 503, 202);
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(25));
    expect(world.reports.filter((report) => report.phase === 'installed')).toHaveLength(4);
    expect(world.lab.isRunning('srv-01')).toBe(true);
  });

  it('wipes nothing when it boots the same installer again', async () => {
    const world = await aLab();
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(20));
    const client = world.bmc('srv-01');
    await world.during(client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' }));
    await world.during(client.power('ForceRestart'));
    await world.clock.advance(minutes(20));
    expect(world.lab.ledger.entries().filter((entry) => entry.action === 'wipe')).toHaveLength(1);
    expect(world.lab.isRunning('srv-01')).toBe(true);
  });

  it('reports a disk that dies in the middle of it', async () => {
    const world = await aLab();
    world.lab.faults.inject({ kind: 'diskDies', servers: ['srv-01'], from: world.clock.now() });
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(20));
    expect(world.reports.at(-1)).toMatchObject({ phase: 'failed', message: expect.stringContaining('I/O error') });
    expect(world.lab.servers.get('srv-01')?.state.stage).toBe('failed');
  });

  it('hangs in its self test while the fault holds and starts when it is reset later', async () => {
    const world = await aLab();
    const fault = world.lab.faults.inject({ kind: 'postHang', servers: ['*'], from: world.clock.now() });
    await world.during(world.bmc('srv-03').power('On'));
    await world.clock.advance(minutes(60));
    expect(world.lab.servers.get('srv-03')?.state.stage).toBe('post');
    world.lab.faults.clear(fault.id);
    await world.during(world.bmc('srv-03').power('ForceRestart'));
    await world.clock.advance(minutes(5));
    expect(world.lab.servers.get('srv-03')?.state.stage).toBe('noBootDevice');
  });

  it('ignores power commands and never calls home when the menu says so', async () => {
    const world = await aLab();
    world.lab.faults.inject({ kind: 'powerIgnored', servers: ['srv-02'], from: world.clock.now() });
    world.lab.faults.inject({ kind: 'neverCallsHome', servers: ['srv-01'], from: world.clock.now() });
    await world.during(world.bmc('srv-02').power('On'));
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(60));
    expect([world.lab.servers.get('srv-02')?.power, world.reports]).toEqual(['Off', []]);
  });

  it('shuts down in order only while a system runs', async () => {
    const world = await aLab();
    await provision(world, 'srv-01');
    await world.clock.advance(minutes(20));
    await world.during(world.bmc('srv-01').power('GracefulShutdown'));
    expect(world.lab.servers.get('srv-01')?.state.stage).toBe('stopping');
    await world.clock.advance(minutes(1));
    expect(world.lab.servers.get('srv-01')?.state.stage).toBe('off');
  });

  it('repeats itself from its seed', async () => {
    const run = async (): Promise<unknown> => {
      const world = await aLab();
      await provision(world, 'srv-01');
      await world.clock.advance(minutes(20));
      return [world.reports, world.lab.servers.get('srv-01')?.state, world.lab.ledger.entries()];
    };
    expect(await run()).toEqual(await run());
  });
});

describe('the table of a server', () => {
  it('names only stages it has, and every stage can be reached', () => {
    const names = Object.keys(serverStages);
    const targets = Object.values(serverStages).flatMap((stage) => [...stage.next]);
    expect(targets.filter((target) => !names.includes(target))).toEqual([]);
    // off and post come from power commands, stopping from an orderly shutdown.
    expect(
      names.filter((name) => !['off', 'post', 'stopping'].includes(name) && !targets.some((target) => target === name)),
    ).toEqual([]);
  });
});
