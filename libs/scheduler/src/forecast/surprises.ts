import type { Random } from '@keelson/std';
import { type DurationRecord, grouped, mean, quantile, surprise, variance } from './records.js';

/** Spread of the logarithm of durations with a coefficient of variation of 0.5: what to think before there are records. */
const ordinarySpread = 0.47;
/** How far a whole update may be off when nothing of it is known, and when earlier ones were foretold. */
const shiftUnknown = 0.7;
const shiftKnown = 0.1;
const ordinaryFailures = 0.02;
const lowest = -4;
const cell = 0.05;
const cells = 180;

/**
 * How far durations are off from what was expected, in logarithms: its spread and tails as records show them, and how much
 * all machines of one update are off together.
 */
export interface Surprises {
  /** Logarithm of the likelihood of being off by `value`, and of being off by more. */
  density(value: number): number;
  survival(value: number): number;
  draw(random: Random): number;
  /** Standard deviation of the shift of a whole update. */
  readonly shift: number;
  /** Share of attempts that fail. */
  readonly failures: number;
}

/** Learns from the latest two updates whose expectations were learned themselves; from the only one where there is one. */
export function learnSurprises(records: readonly DurationRecord[]): Surprises {
  const updates = [...grouped(records, ({ update }) => update).values()];
  const telling = updates.length > 1 ? updates.slice(1).slice(-2) : updates;
  const done = telling
    .map((update) => update.filter(({ failed }) => !failed).map(surprise))
    .filter(({ length }) => length > 0);
  const centred = done.flatMap((values) => values.map((value) => value - quantile(values, 0.5)));
  const shifts = updates.length > 1 ? done.map((values) => quantile(values, 0.5)) : [];
  const sample = [...centred, ...(centred.length < 20 ? ordinarySample : [])].sort((a, b) => a - b);
  const attempts = records.length + 50;
  return {
    ...kernel(sample),
    shift:
      shifts.length === 0 ? shiftUnknown : Math.sqrt(mean([shiftKnown ** 2, ...shifts.map((value) => value ** 2)])),
    failures: (records.filter(({ failed }) => failed).length + 50 * ordinaryFailures) / attempts,
  };
}

/** Twenty values as a normal distribution of the ordinary spread has them. */
const ordinarySample = [
  -1.96, -1.44, -1.15, -0.93, -0.76, -0.6, -0.45, -0.32, -0.19, -0.06, 0.06, 0.19, 0.32, 0.45, 0.6, 0.76, 0.93, 1.15,
  1.44, 1.96,
].map((value) => value * ordinarySpread);

/** A smooth distribution through a sample; what lies between the cells of its table does not matter. */
function kernel(sample: readonly number[]): Pick<Surprises, 'density' | 'survival' | 'draw'> {
  const spread = Math.min(Math.sqrt(variance(sample)), (quantile(sample, 0.75) - quantile(sample, 0.25)) / 1.34);
  const width = Math.max(0.03, 0.9 * spread * sample.length ** -0.2);
  const mass = Array.from({ length: cells }, (_, i) => {
    const at = lowest + (i + 0.5) * cell;
    return (
      mean(sample.map((value) => Math.exp(-0.5 * ((at - value) / width) ** 2) / (width * Math.sqrt(2 * Math.PI)))) +
      1e-5
    );
  });
  const above = mass.map((_, i) => mass.slice(i).reduce((sum, value) => sum + value * cell, 1e-5));
  const read = (table: readonly number[], value: number): number =>
    Math.log(table[Math.min(cells - 1, Math.max(0, Math.floor((value - lowest) / cell)))] ?? 1e-9);
  return {
    density: (value) => read(mass, value),
    survival: (value) => read(above, value),
    draw: (random) => (sample[Math.floor(random.next() * sample.length)] ?? 0) + width * normal(random),
  };
}

/** A draw from the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
