import { Failure, isFailure, messageOf } from '@keelson/std';
import type { PlanResult, Step, StepTable } from '../plan.js';
import type { Writer } from '../reconciler.js';

/** Runs the steps in order up to the first failure. */
export async function applySteps(
  table: StepTable<Step>,
  steps: readonly Step[],
  writer: Writer,
): Promise<Pick<PlanResult<Step>, 'done' | 'failed'>> {
  const done: Step[] = [];
  for (const step of steps) {
    try {
      await stepOf(table, step).run(step, writer);
      done.push(step);
    } catch (error) {
      return { done, failed: { step, failure: sortedFailure(error) } };
    }
  }
  return { done };
}

/** A step as a sentence. */
export function describeStep(table: StepTable<Step>, step: Step): string {
  return stepOf(table, step).describe(step);
}

/** An error of no sort is a fault of our own: worth another try, and its text is for the log, not for operators. */
export function sortedFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  return new Failure('transient', `an internal error: ${messageOf(error)}`, { cause: error, reason: 'InternalError' });
}

function stepOf(table: StepTable<Step>, step: Step): StepTable<Step>[string] {
  const found = table[step.type];
  if (found === undefined) throw new Error(`the step ${step.type} is not in the step table`);
  return found;
}
