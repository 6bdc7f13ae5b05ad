import { expect, it } from '@jest/globals';
import { allFaults, replayCommand, run } from '../src/index.js';

const servers = 50;
const limitSeconds = 14_400;

/** One test a seed: the whole platform with everything that can go wrong. A failure prints how to replay it. */
export function seedsHold(first: number, last: number): void {
  for (let number = first; number <= last; number += 1) {
    const seed = String(number);
    it(`seed ${seed} holds`, async () => {
      const { converged, violations } = await run({ seed, servers, faults: allFaults, limitSeconds });
      expect({
        converged,
        violations: violations.map(({ oracle, what }) => `${oracle}: ${what}`),
        replay: replayCommand({ seed, servers }, 'all'),
      }).toEqual({
        converged: true,
        violations: [],
        replay: expect.any(String),
      });
    });
  }
}
