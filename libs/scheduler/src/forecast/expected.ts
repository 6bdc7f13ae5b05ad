import { type DurationRecord, grouped, mean, quantile } from './records.js';

/** Variance of the logarithm of one machine's times, until there are records to tell. */
const ordinaryVariance = 0.1;
/** How far a single time may lie from the middle of its machine's: a straggler once is not slow for ever. */
const furthest = 0.5;
/** Fewer machines than this do not tell how an update was as a whole. */
export const fewest = 8;
/** Updates whose level is expected again. */
export const remembered = 3;

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
  readonly update: string;
  readonly machine: string;
  readonly machineClass: string;
  readonly value: number;
}

/** Machines of a class: their middle, and the variance from one machine to the other. */
interface Class {
  readonly middle: number;
  readonly between: number;
}

/** What records tell of machines, classes and whole updates. All in logarithms of seconds. */
export interface Learned {
  /** What an update is expected to be like as a whole. */
  readonly level: number;
  /** Levels of the updates that tell one, in their order. */
  readonly levels: ReadonlyMap<string, number>;
  readonly values: readonly Own[];
  readonly own: ReadonlyMap<string, readonly number[]>;
  readonly classes: ReadonlyMap<string, Class>;
  /** Variance of a machine's times from one update to the next. */
  readonly within: number;
}

/** Learns from records; without any, the formula is all there is. */
export function learnExpectations(records: readonly DurationRecord[]): Expectations {
  const { level, own, classes, within } = learn(records);
  return {
    secondsOf(machine, machineClass, formulaSeconds) {
      const known = classes.get(machineClass);
      return known === undefined
        ? formulaSeconds
        : Math.exp(level + ownValue(withoutOutliers(own.get(machine) ?? []), known, within));
    },
  };
}

export function learn(records: readonly DurationRecord[]): Learned {
  const { level, levels, values } = levelled(records.filter(({ failed }) => !failed));
  const own = new Map(
    [...grouped(values, ({ machine }) => machine)].map(([name, of]) => [name, of.map(({ value }) => value)]),
  );
  const within = withinVariance([...own.values()]);
  const classes = new Map(
    [...grouped(values, ({ machineClass }) => machineClass)].map(([name, of]) => [name, classOf(of, own, within)]),
  );
  return { level, levels, values, own, classes, within };
}

/** By how much each time of the past was off from what the machine's other times foretell, by update. */
export function surprisesOf({ values, own, classes, within }: Learned): ReadonlyMap<string, readonly number[]> {
  const off = new Map<string, number[]>();
  for (const { update, machine, machineClass, value } of values) {
    const known = classes.get(machineClass);
    if (known === undefined) continue;
    const times = own.get(machine) ?? [];
    const at = times.indexOf(value);
    const others = times.filter((_, i) => i !== at);
    const ofUpdate = off.get(update) ?? [];
    ofUpdate.push(value - ownValue(withoutOutliers(others), known, within));
    off.set(update, ofUpdate);
  }
  return off;
}

/** A machine's own past, drawn towards its class the less there is of it. */
function ownValue(times: readonly number[], { middle, between }: Class, within: number): number {
  const weight = times.length / within;
  return (weight * mean(times) + middle / between) / (weight + 1 / between);
}

/** Takes from each time what its whole update was slower or faster, which is not the machine's. */
function levelled(done: readonly DurationRecord[]): Pick<Learned, 'level' | 'levels' | 'values'> {
  const log = ({ seconds }: DurationRecord): number => Math.log(Math.max(1, seconds));
  const overall = done.length === 0 ? 0 : quantile(done.map(log), 0.5);
  const levels = new Map<string, number>();
  const values = [...grouped(done, ({ update }) => update)].flatMap(([name, update]) => {
    const level = update.length < fewest ? overall : quantile(update.map(log), 0.5);
    if (update.length >= fewest) levels.set(name, level);
    return update.map((record) => ({ ...record, value: log(record) - level }));
  });
  return { level: levels.size === 0 ? overall : mean([...levels.values()].slice(-remembered)), levels, values };
}

function classOf(of: readonly Own[], own: ReadonlyMap<string, readonly number[]>, within: number): Class {
  const machines = [...new Set(of.map(({ machine }) => machine))].map((machine) => own.get(machine) ?? []);
  const means = machines.map((times) => mean(withoutOutliers(times)));
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
function withoutOutliers(times: readonly number[]): readonly number[] {
  if (times.length < 3) return times;
  const middle = quantile(times, 0.5);
  return times.map((time) => Math.min(middle + furthest, Math.max(middle - furthest, time)));
}
