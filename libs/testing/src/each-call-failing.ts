import { messageOf } from '@keelson/std';
import { type ApiFault, apiFaults, nthCall } from './api-faults.js';
import type { HermeticCluster, HermeticOptions } from './hermetic-cluster.js';

/**
 * Plays a scenario once for every call its services make to the API and every way in which it can go wrong, the death of
 * the process among them: first without any fault, to see that it holds at all.
 *
 * @param scenario opens a cluster with the given options, plays, closes it and gives it back; it throws when the end is wrong
 * @returns how many times it was played
 */
export async function eachCallFailing(
  scenario: (options: HermeticOptions) => Promise<Pick<HermeticCluster, 'calls'>>,
  faults: readonly ApiFault[] = apiFaults,
): Promise<number> {
  await scenario({});
  let played = 1;
  for (const fault of faults) {
    // A fault makes for more calls: they are played too.
    for (let number = 1, total = 1; number <= total; number += 1) {
      total = (await named(`${fault} of call ${number}`, () => scenario({ faults: { api: nthCall(number, fault) } })))
        .calls.length;
      played += 1;
    }
  }
  return played;
}

async function named<A>(what: string, play: () => Promise<A>): Promise<A> {
  try {
    return await play();
  } catch (cause) {
    throw new Error(`with ${what}: ${messageOf(cause)}`, { cause });
  }
}
