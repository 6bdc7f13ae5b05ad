import type { Random } from '@keelson/std';
import { mean } from './records.js';
import { normal } from './surprises.js';

/** How far the time of a step may be off when nothing of it is known but the formula, and from one update to the next. */
const spreadUnknown = 0.7;
const spreadOrdinary = 0.2;
/** The ordinary spread counts for as much as so many differences that were seen. */
const ordinaryCounts = 4;
/** Further off than this, as a logarithm, is a step that waited for somebody: such a one is not expected again. */
const furthest = 0.7;

/** A step of an update that goes by no machines and is not over. */
export interface WholeStep {
  /** Half of all courses take longer. */
  readonly expectedSeconds: number;
  /** Standard deviation of the logarithm of its time. */
  readonly spread: number;
  /** Seconds since it began; 0 before. */
  readonly elapsedSeconds: number;
}

export type ExpectedStep = Pick<WholeStep, 'expectedSeconds' | 'spread'>;

/**
 * What steps that go by no machines will take, learned from what they took.
 *
 * @param past seconds that each step took in earlier updates of the cluster, by step
 * @returns what to expect of a step; `formulaSeconds` is what to think of one that never ran
 */
export function learnWholeSteps(
  past: ReadonlyMap<string, readonly number[]>,
): (step: string, formulaSeconds: number) => ExpectedStep {
  const logs = new Map([...past].map(([step, times]) => [step, withoutOutliers(times.map(log))]));
  const within = withinVariance([...logs.values()]);
  return (step, formulaSeconds) => {
    const times = logs.get(step) ?? [];
    const [weight, ofFormula] = [times.length / within, 1 / spreadUnknown ** 2];
    return {
      expectedSeconds: Math.exp((weight * mean(times) + ofFormula * log(formulaSeconds)) / (weight + ofFormula)),
      spread: Math.sqrt(within + 1 / (weight + ofFormula)),
    };
  };
}

/** How much longer a step takes in one course: a duration longer than what has passed already. */
export function drawStep({ expectedSeconds, spread, elapsedSeconds }: WholeStep, random: Random): number {
  for (let tries = 0; tries < 30; tries += 1) {
    const seconds = expectedSeconds * Math.exp(spread * normal(random));
    if (seconds > elapsedSeconds) return seconds - elapsedSeconds;
  }
  // Longer than any course: half as long again at most, as is thought of machines.
  return elapsedSeconds * 0.5 * random.next() + 1;
}

const log = (seconds: number): number => Math.log(Math.max(1, seconds));

/** Of all steps together, as each of them alone ran too seldom to tell. */
function withinVariance(steps: readonly (readonly number[])[]): number {
  const squares = steps.flatMap((times) => times.map((time) => (time - mean(times)) ** 2));
  const freedom = steps.reduce((sum, times) => sum + Math.max(0, times.length - 1), 0);
  const seen = squares.reduce((sum, square) => sum + square, 0);
  return (ordinaryCounts * spreadOrdinary ** 2 + seen) / (ordinaryCounts + freedom);
}

/** With three times or more, one that lies far out is drawn to the others. */
function withoutOutliers(logs: readonly number[]): readonly number[] {
  if (logs.length < 3) return logs;
  const middle = [...logs].sort((a, b) => a - b)[Math.floor(logs.length / 2)] ?? 0;
  return logs.map((value) => Math.min(middle + furthest, Math.max(middle - furthest, value)));
}
