import { type DurationRecord, grouped, mean, quantile, variance } from './records.js';

/** Variance of the logarithm of one machine's times, until there are records to tell. */
const ordinaryVariance = 0.1;
/** How far a single time may lie from the middle of its machine's: a straggler once is not slow for ever. */
const furthest = 0.5;

/** How long machines take, learned from what they took. */
export interface Expectations {
  /**
   * Expected duration of a machine: its own past, drawn towards its class the less there is of it.
   *
   * @param formulaSeconds what to expect of a machine whose class nobody has seen
   */
  secondsOf(machine: string, machineClass: string, formulaSeconds: number): number;
}

/** Learns from records; without any, the formula is all there is. */
export function learnExpectations(records: readonly DurationRecord[]): Expectations {
  const done = records.filter(({ failed }) => !failed);
  const own = new Map([...grouped(done, ({ machine }) => machine)].map(([name, times]) => [name, logs(times)]));
  const classes = grouped(done, ({ machineClass }) => machineClass);
  const within = withinVariance([...own.values()]);
  const ofClass = new Map(
    [...classes].map(([name, times]) => {
      const all = logs(times);
      return [name, { mean: mean(all), between: Math.max(0.01, variance(all) - within) }] as const;
    }),
  );
  return {
    secondsOf(machine, machineClass, formulaSeconds) {
      const known = ofClass.get(machineClass);
      if (known === undefined) return formulaSeconds;
      const times = own.get(machine) ?? [];
      const weight = times.length / within;
      return Math.exp((weight * robustMean(times) + known.mean / known.between) / (weight + 1 / known.between));
    },
  };
}

function withinVariance(times: readonly (readonly number[])[]): number {
  const several = times.filter(({ length }) => length > 1);
  const degrees = several.reduce((sum, { length }) => sum + length - 1, 0);
  if (degrees < 10) return ordinaryVariance;
  const squares = several.reduce((sum, own) => sum + variance(own) * (own.length - 1), 0);
  return Math.max(0.01, squares / degrees);
}

/** With three times or more, one that lies far out is drawn to the others. */
function robustMean(times: readonly number[]): number {
  if (times.length < 3) return mean(times);
  const middle = quantile(times, 0.5);
  return mean(times.map((time) => Math.min(middle + furthest, Math.max(middle - furthest, time))));
}

const logs = (records: readonly DurationRecord[]): readonly number[] =>
  records.map(({ seconds }) => Math.log(Math.max(1, seconds)));
