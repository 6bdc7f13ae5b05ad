import { describe, expect, it } from '@jest/globals';
import { VirtualClock, seededRandom } from '@keelson/std';
import { Faults, drawFaults } from './faults.js';

describe('the fault menu', () => {
  it('holds for the servers named, from its beginning to its end', async () => {
    const clock = new VirtualClock(0);
    const faults = new Faults(clock);
    faults.inject({ kind: 'bmcSlow', servers: ['srv-0*', 'srv-17'], from: 1000, until: 2000 });
    const seen = (): boolean[] => ['srv-01', 'srv-17', 'srv-18'].map((server) => faults.holds('bmcSlow', server));
    expect(seen()).toEqual([false, false, false]);
    await clock.advanceTo(1000);
    expect([seen(), faults.holds('bmcErrors', 'srv-01')]).toEqual([[true, true, false], false]);
    await clock.advanceTo(2000);
    expect([seen(), faults.list()]).toEqual([[false, false, false], []]);
  });

  it('tells its listeners when a fault begins, ends or is cleared', async () => {
    const clock = new VirtualClock(0);
    const faults = new Faults(clock);
    const told: number[] = [];
    const end = faults.subscribe(() => told.push(clock.now()));
    const fault = faults.inject({ kind: 'agentNetworkLost', servers: ['*'], from: 500 });
    faults.inject({ kind: 'agentNetworkLost', servers: ['*'], from: 700, until: 900 });
    await clock.advanceTo(1000);
    faults.clear(fault.id);
    end();
    faults.clearAll();
    expect(told).toEqual([500, 700, 900, 1000]);
  });

  it('draws the same faults from the same seed, inside the span', () => {
    const draw = () =>
      drawFaults({
        random: seededRandom(1),
        servers: ['a', 'b'],
        kinds: ['bmcSlow', 'postHang'],
        count: 50,
        from: 1000,
        to: 9_000_000,
      });
    expect(draw()).toEqual(draw());
    expect(draw().every((fault) => fault.from >= 1000 && (fault.until ?? Infinity) <= 9_000_000)).toBe(true);
  });
});
