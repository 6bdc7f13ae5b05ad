import type { Random } from '@keelson/std';
import type { Budgets, ScheduledMachine } from '../plan/machine.js';
import { Lineup } from '../plan/queue.js';
import { type Attempt, playOut } from './play-out.js';
import { type DurationRecord, mean, surprise, variance } from './records.js';
import { shiftOf } from './shift.js';
import { learnSurprises, normal } from './surprises.js';
import { drawStep, type WholeStep } from './whole-steps.js';

/**
 * How far courses are off beyond what the model explains, for one machine left; the more are left, the more of it evens out.
 * Fitted once, to clouds of `keelson bench update` that are not those of its figures (seed 11).
 */
const unexplained = 0.35;

/** Courses that are played, by how many starts of machines they may have together. */
const mostDraws = 100;
const fewestDraws = 20;
const startsPlayed = 16_000;
/** Nine of ten values of a normal distribution lie within so many standard deviations. */
const nineOfTen = 1.645;

export interface ForecastOptions {
  /** As they stand; `expectedSeconds` as learned. Failed ones are counted as to be tried again. */
  readonly machines: readonly ScheduledMachine[];
  readonly budgets: Budgets;
  /** Steps before and after the machines that go by none; nothing else goes on beside one. */
  readonly steps?: readonly WholeStep[];
  /** Updates of the past. */
  readonly records: readonly DurationRecord[];
  /** What of this update is over: attempts that ended, well or not. */
  readonly sofar: readonly DurationRecord[];
  /** Seconds since the start of each machine that runs, by name. */
  readonly elapsedSeconds: ReadonlyMap<string, number>;
  readonly random: Random;
  /** Courses that are played; unless given 100, and fewer where many machines are left, which even each other out. */
  readonly draws?: number;
}

/** Seconds from now. Nine courses of ten end between `earliest` and `latest`, half of them before `median`. */
export interface Forecast {
  readonly earliest: number;
  readonly median: number;
  readonly latest: number;
  /** Machines that a lock or a lack of room keeps from going at all; they are not in the figures. */
  readonly held: number;
}

/**
 * When an update will be over: many courses it may take, played by the scheduler itself with durations as the past and what
 * this update has shown make them likely. Nothing is left to be done: zeros.
 */
export function forecast(options: ForecastOptions): Forecast {
  const { budgets, steps = [], records, sofar, elapsedSeconds, random } = options;
  const machines = options.machines.map((machine) =>
    machine.state === 'failed' ? { ...machine, state: 'waiting' as const } : machine,
  );
  const surprises = learnSurprises(records);
  const evidence = evidenceOf(machines, sofar, elapsedSeconds);
  const drawShift = shiftOf(evidence, surprises);
  const left = machines.filter(({ state }) => state !== 'done').length;
  // Before anything has shown itself, how much updates differ as a whole is all there is to be unsure of.
  const isBlank = evidence.ended.length + evidence.lasting.length === 0;
  const slack = isBlank ? 0 : unexplained / Math.sqrt(Math.max(1, left));
  const draws =
    options.draws ?? Math.min(mostDraws, Math.max(fewestDraws, Math.round(startsPlayed / Math.max(1, left))));
  const lineup = new Lineup(machines, budgets);
  const courses = Array.from({ length: draws }, () => {
    const shift = drawShift(random) + slack * normal(random);
    const surprise = surprises.source(random);
    const whole = (machine: ScheduledMachine): number => machine.expectedSeconds * Math.exp(shift + surprise(random));
    const attempt = (machine: ScheduledMachine): Attempt => {
      const elapsed = machine.state === 'running' ? (elapsedSeconds.get(machine.name) ?? 0) : 0;
      return drawAttempt(() => whole(machine), elapsed, surprises.failures, random);
    };
    const besides = steps.reduce((sum, step) => sum + drawStep(step, random), 0);
    const course = playOut({ machines, budgets, lineup, attempt });
    return { ...course, seconds: besides + course.seconds };
  });
  return { ...span(courses.map(({ seconds }) => seconds)), held: Math.max(0, ...courses.map(({ left }) => left)) };
}

/** Through all courses a distribution that is normal in logarithms: steadier than the few that lie at its ends. */
function span(seconds: readonly number[]): Omit<Forecast, 'held'> {
  if (seconds.every((one) => one === 0)) return { earliest: 0, median: 0, latest: 0 };
  const logs = seconds.map((one) => Math.log(Math.max(1, one)));
  const [middle, spread] = [mean(logs), Math.sqrt(variance(logs))];
  const at = (deviations: number): number => Math.exp(middle + deviations * spread);
  const width = widthFrom(seconds.length);
  return { earliest: at(-width), median: at(0), latest: at(width) };
}

/**
 * How many standard deviations from the mean of so many courses one more ends in nine of ten: mean and deviation themselves come from these
 * few. Student's t by the first term of its expansion around the normal quantile (Abramowitz and Stegun, 26.7.5).
 */
function widthFrom(courses: number): number {
  if (courses < 2) return nineOfTen;
  const quantile = nineOfTen + (nineOfTen ** 3 + nineOfTen) / (4 * (courses - 1));
  return quantile * Math.sqrt(1 + 1 / courses);
}

function evidenceOf(
  machines: readonly ScheduledMachine[],
  sofar: readonly DurationRecord[],
  elapsedSeconds: ReadonlyMap<string, number>,
) {
  const lasting = machines.flatMap(({ name, state, expectedSeconds }) => {
    const seconds = elapsedSeconds.get(name) ?? 0;
    return state === 'running' && seconds > 0 ? [surprise({ seconds, expectedSeconds })] : [];
  });
  return {
    ended: sofar.filter(({ failed }) => !failed).map(surprise),
    lasting: [...lasting, ...sofar.filter(({ failed }) => failed).map(surprise)],
  };
}

/** A duration longer than what has passed already; given up after a while, a machine takes half as long again. */
function drawAttempt(whole: () => number, elapsed: number, failures: number, random: Random): Attempt {
  const fails = random.next() < failures;
  for (let tries = 0; tries < 30; tries += 1) {
    const seconds = fails ? whole() * random.next() : whole();
    if (seconds > elapsed) return { seconds: seconds - elapsed, succeeds: !fails };
  }
  return { seconds: elapsed * 0.5 * random.next() + 1, succeeds: true };
}
