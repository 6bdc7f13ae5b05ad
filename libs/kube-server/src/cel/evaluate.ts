import { messageOf } from '@keelson/std';
import type { Authorizer } from './authorizer.js';
import { type Budget, isCostError } from './cost.js';
import { compileExpression } from './expressions.js';

/** What expressions of admission speak of, in the form that the evaluator takes. */
export interface AdmissionView {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly namespaceObject?: unknown;
  readonly params?: unknown;
  readonly authorizer: Authorizer;
  /** Members are evaluated when they are read. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The whole budget is spent: nothing more is evaluated. */
export class BudgetSpent extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
    this.name = 'BudgetSpent';
  }
}

/**
 * The value of an expression that was checked when it was stored.
 *
 * @throws BudgetSpent
 * @throws Error in the words of kube-apiserver when it cannot be evaluated
 */
export function evaluateExpression(expression: string, view: AdmissionView, budget: Budget): unknown {
  const { run, error } = compileExpression(expression);
  if (run === undefined) throw new Error(`compilation error: ${error}`);
  try {
    return budget.during((): unknown => run({ ...view }));
  } catch (failure) {
    if (isCostError(failure) && budget.isSpent) throw new BudgetSpent();
    throw new Error(`expression '${expression}' resulted in error: ${runtimeErrorText(failure)}`, { cause: failure });
  }
}

const texts: Readonly<Record<string, string>> = {
  no_such_overload: 'no such overload',
  no_matching_overload: 'no such overload',
  invalid_logical_operand: 'no such overload',
  invalid_condition_type: 'no such overload',
  invalid_comprehension_range: 'no such overload',
};

/** What went wrong while an expression was evaluated, in the words of cel-go where they are known. */
export function runtimeErrorText(error: unknown): string {
  const line = messageOf(error).split('\n')[0] ?? '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'index_out_of_bounds') return `index out of bounds: ${/index (-?\d+)/.exec(line)?.[1] ?? ''}`;
  return texts[code] ?? line.replace(/^No such key/, 'no such key');
}

/**
 * Whether all conditions hold. One that is false decides, whatever is wrong with the others.
 *
 * @throws BudgetSpent
 * @throws Error naming the conditions that cannot be evaluated
 */
export function conditionsHold(
  conditions: readonly { readonly name: string; readonly expression: string }[],
  view: AdmissionView,
  budget: Budget,
): boolean {
  const errors: string[] = [];
  for (const { expression } of conditions) {
    try {
      if (evaluateExpression(expression, view, budget) !== true) return false;
    } catch (error) {
      if (error instanceof BudgetSpent) throw error;
      errors.push(messageOf(error));
    }
  }
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${[...new Set(errors)].join(', ')}]`);
  return true;
}
