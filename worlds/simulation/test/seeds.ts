import { expect, it } from '@jest/globals';
import { allFaults, replayCommand, run } from '../src/index.js';

const servers = 50;
const limitSeconds = 14_400;

/** Seeds that do not hold yet, with what they show: skipped, not passed, until the cause is mended. */
const open: ReadonlyMap<string, string> = new Map([
  ['17', 'a BareMetalHost shows available once more right after provisioning was written, then goes on'],
]);

/** One test a seed: the whole platform with everything that can go wrong. A failure prints how to replay it. */
export function seedsHold(first: number, last: number): void {
  for (let number = first; number <= last; number += 1) {
    const seed = String(number);
    const test = open.has(seed) ? it.skip : it;
    test(`seed ${seed} holds`, async () => {
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
