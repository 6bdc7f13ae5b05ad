import { describe, expect, it } from '@jest/globals';
import { seededRandom, silentLog, terminal, transient, VirtualClock } from '@keelson/std';
import { Start, type StartOptions } from './start.js';

describe('the start of a service', () => {
  const begin = (parts: {
    askApi?: () => Promise<unknown>;
    managerStart?: () => Promise<void>;
  }): { start: Start; clock: VirtualClock; told: string[] } => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const manager: StartOptions['manager'] = {
      start: parts.managerStart ?? (async () => void told.push('manager')),
      stop: async () => void told.push('manager stopped'),
      lacks: () => undefined,
      plan: () => Promise.reject(new Error('not asked')),
      why: () => Promise.reject(new Error('not asked')),
      history: () => Promise.resolve([]),
      wake: () => undefined,
    };
    const service = {
      reconcilers: [],
      start: async () => void told.push('service'),
      stop: async () => void told.push('service stopped'),
    };
    return {
      start: new Start({
        service,
        manager,
        askApi: parts.askApi ?? (async () => undefined),
        clock,
        random: seededRandom(1),
        log: silentLog,
      }),
      clock,
      told,
    };
  };

  it('waits for an API that is away or does not let it in, then begins in order', async () => {
    const refusals = [transient('it is away'), terminal('bmh is forbidden')];
    const askApi = async (): Promise<void> => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
    };
    const { start, clock, told } = begin({ askApi });
    const running = start.run();
    await clock.advance(1);
    const before = start.lacks();
    await clock.advance(5_000);
    await running;
    expect({ before, after: start.lacks(), told }).toEqual({
      before: 'the Kubernetes API cannot be used yet: it is away',
      after: undefined,
      told: ['manager', 'service'],
    });
  });

  it('fails for good where trying again cures nothing', async () => {
    const { start } = begin({ managerStart: () => Promise.reject(terminal('leader election needs an identity')) });
    await expect(start.run()).rejects.toThrow('leader election needs an identity');
  });

  it('ends while it still waits, the reconcilers before the rest', async () => {
    const { start, clock, told } = begin({ askApi: () => Promise.reject(transient('it is away')) });
    const running = start.run();
    await clock.advance(1_000);
    await start.stop();
    await running;
    expect({ told, lacks: start.lacks() }).toEqual({
      told: ['manager stopped', 'service stopped'],
      lacks: 'it is stopping',
    });
  });
});
