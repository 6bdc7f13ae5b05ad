import { describe, expect, it } from '@jest/globals';
import { learnExpectations } from './expected.js';
import { formulaSeconds, workerSeconds } from './formula.js';
import type { DurationRecord } from './records.js';

const times = (machine: string, ...seconds: number[]): readonly DurationRecord[] =>
  seconds.map((took, i) => ({
    update: `u${i}`,
    machine,
    machineClass: 'compute',
    seconds: took,
    expectedSeconds: 3600,
    failed: false,
  }));

describe('learnExpectations', () => {
  it('without records knows the formula only', () => {
    expect(learnExpectations([]).secondsOf('cmp-1', 'compute', workerSeconds(true, true))).toBe(3600);
  });

  it('expects of a machine nobody has seen what its class takes, and of one with a past something near its own', () => {
    const others = Array.from({ length: 20 }, (_, i) => times(`cmp-${i}`, 1800 + 90 * i, 1830 + 90 * i)).flat();
    const learned = learnExpectations([...others, ...times('slow', 7200, 7200)]);
    const fresh = learned.secondsOf('new', 'compute', 9999);
    expect(fresh).toBeGreaterThan(1800);
    expect(fresh).toBeLessThan(3600);
    expect(learned.secondsOf('slow', 'compute', 9999)).toBeGreaterThan(6000);
    expect(learned.secondsOf('other', 'storage', 1200)).toBe(1200);
  });

  it('does not take a straggler once for slow for ever', () => {
    const others = Array.from({ length: 20 }, (_, i) => times(`cmp-${i}`, 1800, 1800, 1800)).flat();
    const expected = learnExpectations([...others, ...times('once', 1800, 1800, 18_000)]).secondsOf(
      'once',
      'compute',
      0,
    );
    expect(expected).toBeLessThan(2300);
  });
});

describe('the documented formula', () => {
  it.each([
    [30, 3, 39, 25, 42.5],
    [100, 3, 112, 25, 122],
    [500, 5, 514, 22, 565],
  ])('takes the published hours for %i computes', (computes, gateways, workers, instancesPerCompute, hours) => {
    const seconds = formulaSeconds({
      computes,
      gateways,
      controlPlane: 3,
      workers,
      instancesPerCompute,
      hasCeph: true,
      reboots: true,
    });
    expect(Math.abs(seconds / 3600 / hours - 1)).toBeLessThan(0.01);
  });
});
