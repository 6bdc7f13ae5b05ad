import { mean } from './records.js';
import type { WholeStep } from './whole-steps.js';

/** How uneven a step's pace is where nothing is known of it, and from one update to the next. */
const unevennessUnknown = 0.5;
const unevennessOrdinary = 0.1;
/** The ordinary unevenness counts for as much as so many that were seen, and an update for as much as so many. */
const ordinaryCounts = 4;
const toldByUpdate = 4;

/** When, as a share of the time that a step took in all, so much of its work was done: 0.5 and 0.3 where half of it took three tenths. */
export interface PacePoint {
  readonly work: number;
  readonly time: number;
}

/** What share of a step's time is over, and the standard deviation of the logarithm of the whole that follows from it. */
export interface TimeShare {
  readonly share: number;
  readonly spread: number;
}

/** What is known when `work`, a share between 0 and 1, is done; undefined at both ends, where nothing follows from it. */
export type Pace = (work: number) => TimeShare | undefined;

/**
 * How much of a step's time is over when so much of its work is done, learned from how it went before: work that is counted
 * is seldom done evenly.
 *
 * @param past of each earlier update of the cluster, its points by work
 */
export function learnPace(past: readonly (readonly PacePoint[])[]): Pace {
  const unevenness = unevennessOf(past);
  return (work) => {
    if (work <= 0 || work >= 1) return undefined;
    const share = timeAt(past, work);
    return { share, spread: unevenness * Math.sqrt((1 - share) / share) };
  };
}

/** How far a step is: so much of its work was done when it had run for so long. */
export interface Reached {
  readonly work: number;
  readonly seconds: number;
}

/** What to expect of a step that is under way, from what it was expected to take and from how far it is. */
export function underWay(step: WholeStep, pace: Pace, { work, seconds }: Reached): WholeStep {
  const seen = pace(work);
  if (seen === undefined || seconds <= 0) return step;
  const [before, now] = [1 / step.spread ** 2, 1 / seen.spread ** 2];
  const middle = (before * Math.log(step.expectedSeconds) + now * Math.log(seconds / seen.share)) / (before + now);
  return { ...step, expectedSeconds: Math.exp(middle), spread: Math.sqrt(1 / (before + now)) };
}

/**
 * How far off the share of time is that is over at some point, from one update to the next; at both ends it is none. Points of
 * one update that follow each other are off together, as what is slow once stays so for a while: few of them tell something new.
 */
function unevennessOf(past: readonly (readonly PacePoint[])[]): number {
  if (past.length === 0) return unevennessUnknown;
  const marks = [...new Set(past.flatMap((points) => points.map(({ work }) => work)))];
  const squares = marks.flatMap((work) => {
    const share = timeAt(past, work);
    return past.map((points) => (between(points, work) - share) ** 2 / (share * (1 - share)));
  });
  const others = past.length - 1;
  const seen = others === 0 ? 0 : (mean(squares) * past.length) / others;
  const freedom = toldByUpdate * others;
  // A variance that so few tell is itself not sure, which makes it larger by two of them (as of Student's t).
  const variance = (ordinaryCounts * unevennessOrdinary ** 2 + freedom * seen) / (ordinaryCounts + freedom - 2);
  return Math.sqrt(variance * (1 + 1 / past.length));
}

/** On average over all; work that nobody counted before takes as much of the time. */
function timeAt(past: readonly (readonly PacePoint[])[], work: number): number {
  const at = past.length === 0 ? work : mean(past.map((points) => between(points, work)));
  return Math.min(1 - 1e-3, Math.max(1e-3, at));
}

function between(points: readonly PacePoint[], work: number): number {
  const end = { work: 1, time: 1 };
  let before = { work: 0, time: 0 };
  for (const point of [...points, end]) {
    if (point.work >= work && point.work > before.work)
      return before.time + ((point.time - before.time) * (work - before.work)) / (point.work - before.work);
    if (point.work > before.work) before = point;
  }
  return 1;
}
