import { type DurationRecord, grouped, mean, quantile } from './records.js';

/** Variance of the logarithm of one machine's times, until there are records to tell. */
const ordinaryVariance = 0.1;
/** How far a single time may lie from the middle of its machine's: a straggler once is not slow for ever. */
const furthest = 0.5;
/** Fewer machines than this do not tell how an update was as a whole. */
const fewest = 8;
/** Updates whose level is expected again. */
const remembered = 3;

/** How long machines take, learned from what they took. */
export interface Expectations {
  /**
   * Expected duration of a machine: its own past, drawn towards its class the less there is of it.
   *
   * @param formulaSeconds what to expect of a machine whose class nobody has seen
   */
  secondsOf(machine: string, machineClass: string, formulaSeconds: number): number;
}

/** A time as its logarithm, less the level of its update: what is the machine's own. */
interface Own {
  readonly machine: string;
  readonly machineClass: string;
  readonly value: number;
}

/** Learns from records; without any, the formula is all there is. */
export function learnExpectations(records: readonly DurationRecord[]): Expectations {
  const done = records.filter(({ failed }) => !failed);
  const { level, values } = levelled(done);
  const own = new Map(
    [...grouped(values, ({ machine }) => machine)].map(([name, of]) => [name, of.map(({ value }) => value)]),
  );
  const within = withinVariance([...own.values()]);
  const classes = new Map(
    [...grouped(values, ({ machineClass }) => machineClass)].map(([name, of]) => [name, classOf(of, own, within)]),
  );
  return {
    secondsOf(machine, machineClass, formulaSeconds) {
      const known = classes.get(machineClass);
      if (known === undefined) return formulaSeconds;
      const times = own.get(machine) ?? [];
      const weight = times.length / within;
      const value = (weight * robustMean(times) + known.middle / known.between) / (weight + 1 / known.between);
      return Math.exp(level + value);
    },
  };
}

/** Takes from each time what its whole update was slower or faster, which is not the machine's. */
function levelled(done: readonly DurationRecord[]): { readonly level: number; readonly values: readonly Own[] } {
  const log = ({ seconds }: DurationRecord): number => Math.log(Math.max(1, seconds));
  const overall = done.length === 0 ? 0 : quantile(done.map(log), 0.5);
  const levels: number[] = [];
  const values = [...grouped(done, ({ update }) => update).values()].flatMap((update) => {
    const level = update.length < fewest ? overall : quantile(update.map(log), 0.5);
    if (update.length >= fewest) levels.push(level);
    return update.map((record) => ({ ...record, value: log(record) - level }));
  });
  return { level: levels.length === 0 ? overall : mean(levels.slice(-remembered)), values };
}

function classOf(
  of: readonly Own[],
  own: ReadonlyMap<string, readonly number[]>,
  within: number,
): { readonly middle: number; readonly between: number } {
  const machines = [...new Set(of.map(({ machine }) => machine))].map((machine) => own.get(machine) ?? []);
  const means = machines.map(robustMean);
  const noise = mean(machines.map(({ length }) => within / Math.max(1, length)));
  return { middle: quantile(means, 0.5), between: Math.max(0.01, spread(means) ** 2 - noise) };
}

/** From differences between one update and the next: a straggler is one large difference and hardly moves their middle. */
function withinVariance(times: readonly (readonly number[])[]): number {
  const differences = times.flatMap((own) => own.slice(1).map((time, i) => time - (own[i] ?? time)));
  return differences.length < 10 ? ordinaryVariance : Math.max(0.01, spread(differences) ** 2 / 2);
}

/** Standard deviation by the span of the middle half, which what lies far out does not move. */
function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349;
}

/** With three times or more, one that lies far out is drawn to the others. */
function robustMean(times: readonly number[]): number {
  if (times.length < 3) return mean(times);
  const middle = quantile(times, 0.5);
  return mean(times.map((time) => Math.min(middle + furthest, Math.max(middle - furthest, time))));
}
