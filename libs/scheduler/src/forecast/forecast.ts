import type { Random } from '@keelson/std';
import type { Budgets, ScheduledMachine } from '../plan/machine.js';
import { type Attempt, playOut } from './play-out.js';
import { type DurationRecord, quantile, surprise } from './records.js';
import { shiftOf } from './shift.js';
import { learnSurprises, normal, type Surprises } from './surprises.js';

/**
 * How far courses are off beyond what the model explains, for one machine left; the more are left, the more of it evens out.
 * Fitted once, to clouds of `keelson bench update` that are not those of its figures (seed 11).
 */
const unexplained = 0.4;

export interface ForecastOptions {
  /** As they stand; `expectedSeconds` as learned. Failed ones are counted as to be tried again. */
  readonly machines: readonly ScheduledMachine[];
  readonly budgets: Budgets;
  /** Updates of the past. */
  readonly records: readonly DurationRecord[];
  /** What of this update is over: attempts that ended, well or not. */
  readonly sofar: readonly DurationRecord[];
  /** Seconds since the start of each machine that runs, by name. */
  readonly elapsedSeconds: ReadonlyMap<string, number>;
  readonly random: Random;
  /** Courses that are played; 100 unless given. */
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
  const { budgets, records, sofar, elapsedSeconds, random, draws = 100 } = options;
  const machines = options.machines.map((machine) =>
    machine.state === 'failed' ? { ...machine, state: 'waiting' as const } : machine,
  );
  const surprises = learnSurprises(records);
  const drawShift = shiftOf(evidenceOf(machines, sofar, elapsedSeconds), surprises);
  const left = machines.filter(({ state }) => state !== 'done').length;
  const slack = unexplained / Math.sqrt(Math.max(1, left));
  const courses = Array.from({ length: draws }, () => {
    const shift = drawShift(random) + slack * normal(random);
    const attempt = (machine: ScheduledMachine): Attempt =>
      drawAttempt(
        machine,
        machine.state === 'running' ? (elapsedSeconds.get(machine.name) ?? 0) : 0,
        shift,
        surprises,
        random,
      );
    return playOut({ machines, budgets, attempt });
  });
  const seconds = courses.map((course) => course.seconds);
  return {
    earliest: quantile(seconds, 0.05),
    median: quantile(seconds, 0.5),
    latest: quantile(seconds, 0.95),
    held: Math.max(0, ...courses.map(({ left }) => left)),
  };
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
function drawAttempt(
  machine: ScheduledMachine,
  elapsed: number,
  shift: number,
  surprises: Surprises,
  random: Random,
): Attempt {
  const fails = random.next() < surprises.failures;
  for (let tries = 0; tries < 30; tries += 1) {
    const whole = machine.expectedSeconds * Math.exp(shift + surprises.draw(random));
    const seconds = fails ? whole * random.next() : whole;
    if (seconds > elapsed) return { seconds: seconds - elapsed, succeeds: !fails };
  }
  return { seconds: elapsed * 0.5 * random.next() + 1, succeeds: true };
}
