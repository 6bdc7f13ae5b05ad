import type { Random } from '@keelson/std';
import { type Learned, fewest, learn, remembered, surprisesOf } from './expected.js';
import { type DurationRecord, mean, quantile, variance } from './records.js';

/** Spread of the logarithm of durations with a coefficient of variation of 0.5: what to think before there are records. */
const ordinarySpread = 0.47;
/** How far a whole update may be off when nothing of it is known, and when earlier ones were foretold. */
const shiftUnknown = 0.7;
const shiftKnown = 0.1;
const ordinaryFailures = 0.02;
const lowest = -4;
const cell = 0.05;
const cells = 180;
/** How far from the middle surprises are chance and no stragglers. */
const body = 0.5;
/** Of a larger sample, so many points. */
const points = 400;
/** The latest updates, as many as tell of tails. */
const telling = 4;

/**
 * How far durations are off from what was expected, in logarithms: its spread and tails as records show them, and how much
 * all machines of one update are off together.
 */
export interface Surprises {
  /** Logarithm of the likelihood of being off by `value`, and of being off by more. */
  density(value: number): number;
  survival(value: number): number;
  /** Where a course has its surprises from: a past like the one there was, which may have had more stragglers or fewer. */
  source(random: Random): (random: Random) => number;
  /** Standard deviation of the shift of a whole update. */
  readonly shift: number;
  /** Share of attempts that fail. */
  readonly failures: number;
}

/** Learns from what each machine's times tell of each other, and each update's level of the next. */
export function learnSurprises(records: readonly DurationRecord[]): Surprises {
  const learned = learn(records);
  const past = surprisesOf(learned);
  const centred = [...past.values()]
    .slice(-telling)
    .flatMap((values) => (values.length < fewest ? values : less(quantile(values, 0.5), values)));
  const shifts = shiftsOf(learned, past);
  const sample = [...centred, ...(centred.length < 20 ? ordinarySample : [])].sort((a, b) => a - b);
  const attempts = records.length + 50;
  return {
    ...kernel(sample),
    shift: shifts.length === 0 ? shiftUnknown : shiftFrom(shifts, [...past.values()]),
    failures: (records.filter(({ failed }) => failed).length + 50 * ordinaryFailures) / attempts,
  };
}

/**
 * Standard deviation of the shift, less what is seen of it because the middle of few machines is off by chance: the machines
 * to come bring that of their own.
 */
function shiftFrom(shifts: readonly number[], past: readonly (readonly number[])[]): number {
  const seen = mean([shiftKnown ** 2, ...shifts.map((value) => value ** 2)]);
  // The variance of a median is that of a mean, times half of pi.
  const chance = past.map((values) => ((Math.PI / 2) * spreadOf(values) ** 2) / Math.max(1, values.length));
  return Math.max(shiftKnown, Math.sqrt(Math.max(0, seen - mean(chance))));
}

/** By the span of the middle half, which stragglers do not move. */
function spreadOf(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349;
}

/** How far each update but the first was off as a whole from what those before it were like. */
function shiftsOf({ levels }: Learned, past: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const before: number[] = [];
  return [...past].flatMap(([update, values], i) => {
    const level = levels.get(update);
    const expected = before.length === 0 ? level : mean(before.slice(-remembered));
    if (level !== undefined) before.push(level);
    return i === 0 ? [] : [quantile(values, 0.5) + (level ?? 0) - (level === undefined ? 0 : (expected ?? 0))];
  });
}

const less = (middle: number, values: readonly number[]): readonly number[] => values.map((value) => value - middle);

/** Twenty values as a normal distribution of the ordinary spread has them. */
const ordinarySample = [
  -1.96, -1.44, -1.15, -0.93, -0.76, -0.6, -0.45, -0.32, -0.19, -0.06, 0.06, 0.19, 0.32, 0.45, 0.6, 0.76, 0.93, 1.15,
  1.44, 1.96,
].map((value) => value * ordinarySpread);

/** A smooth distribution through a sorted sample; what lies between the cells of its table does not matter. */
function kernel(sample: readonly number[]): Pick<Surprises, 'density' | 'survival' | 'source'> {
  const spread = Math.min(Math.sqrt(variance(sample)), (quantile(sample, 0.75) - quantile(sample, 0.25)) / 1.34);
  const width = Math.max(0.03, 0.9 * spread * sample.length ** -0.2);
  const kept = thinned(sample);
  const mass = Array.from({ length: cells }, (_, i) => {
    const at = lowest + (i + 0.5) * cell;
    return (
      mean(kept.map((value) => Math.exp(-0.5 * ((at - value) / width) ** 2) / (width * Math.sqrt(2 * Math.PI)))) + 1e-5
    );
  });
  const above = Array.from({ length: cells }, () => 0);
  for (let i = cells - 1, sum = 1e-5; i >= 0; i -= 1) above[i] = sum += (mass[i] ?? 0) * cell;
  const cellOf = (value: number): number => Math.min(cells - 1, Math.max(0, (value - lowest) / cell));
  const survival = (value: number): number => {
    const at = cellOf(value);
    const from = above[Math.floor(at)] ?? 1e-9;
    return from + (at - Math.floor(at)) * ((above[Math.floor(at) + 1] ?? from) - from);
  };
  // What smoothing adds to the spread is taken off again, or all would seem to take longer.
  const scale = 1 / Math.sqrt(1 + (width / Math.max(spread, width)) ** 2);
  return {
    density: (value) => Math.log(mass[Math.floor(cellOf(value))] ?? 1e-9),
    survival: (value) => Math.log(survival(value)),
    source: (random) => {
      const own = resampled(kept, random);
      return (random) => drawnIn((own[Math.floor(random.next() * own.length)] ?? 0) + width * normal(random), scale);
    },
  };
}

/** Narrower by a factor, but for what lies further out than chance takes it: stragglers stay as long as they are. */
function drawnIn(value: number, factor: number): number {
  return value - (1 - factor) * Math.min(body, Math.max(-body, value));
}

/** A large sample by its quantiles. */
function thinned(sample: readonly number[]): readonly number[] {
  if (sample.length <= points) return sample;
  return Array.from({ length: points }, (_, i) => sample[Math.floor(((i + 0.5) * sample.length) / points)] ?? 0);
}

/** As many, drawn from them again: another past as likely as the one there was. */
function resampled(sample: readonly number[], random: Random): readonly number[] {
  return sample.map(() => sample[Math.floor(random.next() * sample.length)] ?? 0);
}

/** A draw from the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
