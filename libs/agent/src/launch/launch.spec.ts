import { describe, expect, it } from '@jest/globals';
import { integerBelow, seededRandom } from '@keelson/std';
import { item } from '../agent.fixtures.js';
import { aLaunchedHost, wantedAgentConfig } from './launch.fixtures.js';

const items = [item('a', 'prepare'), item('b', 'deploy'), item('c', 'reconfigure')];
const next = { stateItems: items, agentConfig: wantedAgentConfig('2') };

/** What the API shows of the host's agent. */
const told = ({ agents }: ReturnType<typeof aLaunchedHost>) => {
  const { agentVersion, lcmAgentUpgradeStatus } = agents.api.machine?.status ?? {};
  return { agentVersion, ...lcmAgentUpgradeStatus };
};

describe('an agent and the one that is to follow it', () => {
  it('hands over before the items of the release, proves itself, and the old one is kept', async () => {
    const host = aLaunchedHost({ stateItems: [] });
    host.boot();
    await host.agents.clock.advance(60_000);
    host.agents.api.setSpec(next);
    await host.agents.clock.advance(9_000);
    expect([host.started, host.agents.ran, told(host)]).toEqual([
      ['1', '2'],
      ['a'],
      { agentVersion: '2', attempt: 1, startedAt: '2026-01-01T00:01:00Z', finishedAt: '2026-01-01T00:01:08Z' },
    ]);
    await host.agents.clock.advance(60_000);
    expect([host.agents.ran, host.mostRunning, host.bundles]).toEqual([
      ['a', 'b', 'c'],
      1,
      { current: { version: '2', sha256: '2'.padEnd(64, '0') }, previous: { version: '1' } },
    ]);
    host.kill();
  });

  it.each([
    ['hanging', 320_000, 'it did not report within five minutes'],
    ['crashing', 60_000, 'it ended 3 times before it had reported'],
  ] as const)(
    'goes back to the one that works when the new one is %s, says why, and tries again until it is cured',
    async (how, afterMs, why) => {
      const host = aLaunchedHost(next);
      host[how].add('2');
      host.boot();
      await host.agents.clock.advance(afterMs);
      expect([told(host), host.agents.ran, host.bundles]).toMatchObject([
        { agentVersion: '1', attempt: 1, error: expect.stringContaining(why), finishedAt: expect.any(String) },
        [],
        { current: { version: '1' }, refused: { version: '2' } },
      ]);
      host[how].delete('2');
      await host.agents.clock.advance(900_000);
      expect([told(host), host.agents.ran, host.mostRunning]).toEqual([
        expect.not.objectContaining({ error: expect.anything() }),
        ['a', 'b', 'c'],
        1,
      ]);
      expect(told(host)).toMatchObject({ agentVersion: '2', attempt: 2 });
      host.kill();
    },
  );

  it('says when its bundle cannot be fetched, and runs no item of the release meanwhile', async () => {
    const host = aLaunchedHost(next);
    host.missing.add('2');
    host.boot();
    await host.agents.clock.advance(40_000);
    expect([host.started, host.agents.ran, told(host)]).toMatchObject([
      ['1'],
      [],
      { error: expect.stringContaining('agent 2 could not be fetched: the file is not there') },
    ]);
    host.agents.api.setSpec({ ...next, agentConfig: wantedAgentConfig('1') });
    await host.agents.clock.advance(60_000);
    expect([host.agents.ran, told(host)]).toEqual([
      ['a', 'b', 'c'],
      expect.not.objectContaining({ error: expect.anything() }),
    ]);
    host.kill();
  });

  it('does not begin while an item runs, nor on a halted machine', async () => {
    const host = aLaunchedHost({ stateItems: items });
    host.boot();
    await host.agents.clock.advance(5_000);
    host.agents.api.setSpec({ ...next, haltAgent: true });
    await host.agents.clock.advance(60_000);
    expect([host.agents.ran, host.started]).toEqual([['a'], ['1']]);
    host.agents.api.setSpec(next);
    await host.agents.clock.advance(60_000);
    expect([host.agents.ran, host.started]).toEqual([
      ['a', 'b', 'c'],
      ['1', '2'],
    ]);
    host.kill();
  });

  it('comes to the wanted version whenever it is killed, with one agent at any time and every item done', async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const random = seededRandom(`kill/${seed}`);
      const host = aLaunchedHost(next);
      host.boot();
      for (let kill = 0; kill < 6; kill += 1) {
        await host.agents.clock.advance(integerBelow(random, 15_000));
        host.kill();
        await host.agents.clock.advance(0);
        host.boot();
      }
      await host.agents.clock.advance(3_600_000);
      const done = Object.values(host.agents.api.machine?.status?.stateItemStatuses ?? {}).map(
        ({ exitCode }) => exitCode,
      );
      expect([seed, told(host).agentVersion, told(host), done, host.mostRunning]).toEqual([
        seed,
        '2',
        expect.not.objectContaining({ error: expect.anything() }),
        [0, 0, 0],
        1,
      ]);
      host.kill();
    }
  });
});

describe('a host that was just installed', () => {
  it('begins with the agent of its release and does not go over to it', async () => {
    const host = aLaunchedHost(next);
    host.boot('2');
    await host.agents.clock.advance(60_000);
    expect([host.started, host.agents.ran, told(host), host.bundles]).toEqual([
      ['2'],
      ['a', 'b', 'c'],
      { agentVersion: '2' },
      { current: { version: '2', sha256: '2'.padEnd(64, '0') }, previous: { version: '1' } },
    ]);
    host.kill();
  });

  it.each(['missing', 'slow'] as const)(
    'begins with the agent it has when that of its release is %s, and goes over to it later',
    async (how) => {
      const host = aLaunchedHost(next);
      host[how].add('2');
      host.boot('2');
      await host.agents.clock.advance(301_000);
      expect(host.started).toEqual(['1']);
      host[how].delete('2');
      await host.agents.clock.advance(7_200_000);
      expect([host.started, host.agents.ran]).toEqual([
        ['1', '2'],
        ['a', 'b', 'c'],
      ]);
      host.kill();
    },
  );

  it('says at once that the agent of its release was given up, and tries it again', async () => {
    const host = aLaunchedHost(next);
    host.hanging.add('2');
    host.boot('2');
    await host.agents.clock.advance(330_000);
    expect([host.started, told(host)]).toMatchObject([
      ['2', '1'],
      {
        agentVersion: '1',
        attempt: 1,
        error: expect.stringContaining('did not report'),
        finishedAt: expect.any(String),
      },
    ]);
    host.hanging.delete('2');
    await host.agents.clock.advance(900_000);
    expect([told(host).agentVersion, host.agents.ran]).toEqual(['2', ['a', 'b', 'c']]);
    host.kill();
  });

  it('keeps the agent of a later release when it restarts', async () => {
    const host = aLaunchedHost({ ...next, agentConfig: wantedAgentConfig('3') });
    host.boot('2');
    await host.agents.clock.advance(60_000);
    host.kill();
    await host.agents.clock.advance(1_000);
    host.boot('2');
    await host.agents.clock.advance(60_000);
    expect(host.started).toEqual(['2', '3', '3']);
    host.kill();
  });
});
