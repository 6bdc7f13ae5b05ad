import type { Transition } from '@keelson/contracts';
import type { PacePoint } from '@keelson/scheduler';

/** How a step went in updates before, and how far it is in the one that is under way. */
export interface PaceOfStep {
  readonly past: readonly (readonly PacePoint[])[];
  /** The latest count of its work; undefined before there is one. */
  readonly counted: Counted | undefined;
  /** It has stood still meanwhile, failed or held: nothing follows from how long it has been at it. */
  readonly stoodStill: boolean;
}

/** So much of the work, a share of all, was done then. */
export interface Counted {
  readonly work: number;
  readonly at: string;
}

/**
 * How a step got on, from the rows of the step and of its pace.
 *
 * @param uid of the plan that is under way
 */
export function paceOf(steps: readonly Transition[], paces: readonly Transition[], uid: string): PaceOfStep {
  const updates = new Set(steps.map((row) => row.uid));
  const of = (update: string, rows: readonly Transition[]): readonly Transition[] =>
    rows.filter((row) => row.uid === update);
  const past = [...updates]
    .filter((update) => update !== uid)
    .map((update) => pointsOf(of(update, steps), of(update, paces)))
    .filter((points) => points.length > 0);
  const last = of(uid, paces).at(-1);
  return {
    past,
    counted: last === undefined ? undefined : { work: Number(last.to) / 100, at: last.at },
    stoodStill: stoodStill(of(uid, steps)),
  };
}

/** As shares of the time that it took; nothing of a step that is not over, or stood still. */
function pointsOf(steps: readonly Transition[], paces: readonly Transition[]): readonly PacePoint[] {
  const begun = steps.find(({ to }) => to === 'InProgress')?.at;
  const over = steps.find(({ to }) => to === 'Completed')?.at;
  if (begun === undefined || over === undefined || stoodStill(steps)) return [];
  const [from, whole] = [Date.parse(begun), Date.parse(over) - Date.parse(begun)];
  let highest = 0;
  return paces.flatMap(({ to, at }) => {
    const point = { work: Number(to) / 100, time: (Date.parse(at) - from) / whole };
    // Pods may be lost again: what counts is when so many were there first.
    if (point.work <= highest || point.work >= 1 || !(point.time > 0 && point.time < 1)) return [];
    highest = point.work;
    return [point];
  });
}

/** Once it had begun, the step failed or was held. */
function stoodStill(steps: readonly Transition[]): boolean {
  const begun = steps.findIndex(({ to }) => to === 'InProgress');
  return begun >= 0 && steps.slice(begun + 1).some(({ to }) => to !== 'Completed');
}
