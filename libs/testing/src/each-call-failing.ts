import { messageOf } from '@keelson/std';
import { type ApiFault, apiFaults, nthCall } from './api-faults.js';
import type { HermeticCluster, HermeticOptions } from './hermetic-cluster.js';

type Scenario = (options: HermeticOptions) => Promise<Pick<HermeticCluster, 'calls'>>;

/**
 * Plays a scenario once for every call its services make to the API and every way in which it can go wrong, the death of
 * the process among them: first without any fault, to see that it holds at all.
 *
 * @param scenario opens a cluster with the given options, plays, closes it and gives it back; it throws when the end is wrong
 * @returns how many times it was played
 */
export async function eachCallFailing(scenario: Scenario, faults: readonly ApiFault[] = apiFaults): Promise<number> {
  await scenario({});
  let played = 1;
  for (const fault of faults) {
    // A fault makes for more calls: they are played too.
    for (let number = 1, total = 1; number <= total; number += 1) {
      total = await once(scenario, number, fault);
      played += 1;
    }
  }
  return played;
}

/** The same, each call going wrong in one of the ways, which take turns: where a scenario has so many calls that all of all would take long. */
export async function eachCallFailingInTurn(scenario: Scenario, faults: readonly ApiFault[]): Promise<number> {
  let total = Math.max(1, (await scenario({})).calls.length);
  let number = 0;
  while (number < total) {
    const fault = faults[number % faults.length];
    if (fault === undefined) break;
    number += 1;
    total = await once(scenario, number, fault);
  }
  return number + 1;
}

/** @returns how many calls there were */
async function once(scenario: Scenario, number: number, fault: ApiFault): Promise<number> {
  const play = () => scenario({ faults: { api: nthCall(number, fault) } });
  return (await named(`${fault} of call ${number}`, play)).calls.length;
}

async function named<A>(what: string, play: () => Promise<A>): Promise<A> {
  try {
    return await play();
  } catch (cause) {
    throw new Error(`with ${what}: ${messageOf(cause)}`, { cause });
  }
}
