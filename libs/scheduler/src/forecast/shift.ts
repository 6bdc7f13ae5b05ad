import type { Random } from '@keelson/std';
import type { Surprises } from './surprises.js';

/** What an update shows of itself so far, as logarithms of time over expected time. */
export interface Evidence {
  /** Machines that are done. */
  readonly ended: readonly number[];
  /** Machines that have been at it so long and are not done. */
  readonly lasting: readonly number[];
}

const widest = 2;
const pace = 0.04;
/** Drawn in by this, Student's t with three degrees of freedom holds nine of ten where a normal distribution of the same spread does. */
const drawnIn = 1.645 / 2.353;

/**
 * How far this update is off as a whole: what is likely after what it has shown. Machines that still run count too, else an
 * update would look fast because its quick ones end first.
 *
 * @returns a source of draws
 */
export function shiftOf({ ended, lasting }: Evidence, surprises: Surprises): (random: Random) => number {
  const shifts = Array.from({ length: 2 * Math.round(widest / pace) + 1 }, (_, i) => i * pace - widest);
  const likelihoods = shifts.map(
    (shift) =>
      // Student's t with three degrees of freedom: small shifts are likely, a large one is believed when it shows.
      -2 * Math.log(1 + (shift / (drawnIn * surprises.shift)) ** 2 / 3) +
      ended.reduce((sum, value) => sum + surprises.density(value - shift), 0) +
      lasting.reduce((sum, value) => sum + surprises.survival(value - shift), 0),
  );
  const best = Math.max(...likelihoods);
  const weights = likelihoods.map((value) => Math.exp(value - best));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (random) => {
    let left = random.next() * total;
    for (const [i, weight] of weights.entries()) {
      left -= weight;
      if (left <= 0) return (shifts[i] ?? 0) + pace * (random.next() - 0.5);
    }
    return 0;
  };
}
