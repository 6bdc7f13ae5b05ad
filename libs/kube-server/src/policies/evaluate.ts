import { messageOf } from '@keelson/std';
import { Budget, costOfConditions, costOfObject, isCostError } from '../cel/cost.js';
import {
  type AdmissionView,
  BudgetSpent,
  conditionsHold,
  evaluateExpression,
  runtimeErrorText,
} from '../cel/evaluate.js';
import { compileExpression } from '../cel/expressions.js';
import type { Policy, Validation } from './policy.js';

/** Something a policy does not accept. */
export interface Objection {
  readonly message: string;
  readonly reason: string;
}

/** What a policy makes of a write, with one parameter or none. */
export interface Verdict {
  /** Of validations: what follows is the binding's to say. */
  readonly objections: readonly Objection[];
  /** Audit annotations that could not be computed: they refuse the write whatever the binding says. */
  readonly failures: readonly Objection[];
}

const nothing: Verdict = { objections: [], failures: [] };

/**
 * Evaluates a policy (k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go).
 *
 * @param cost what its validations may cost together
 */
export function evaluatePolicy(policy: Policy, view: AdmissionView, cost = costOfObject): Verdict {
  const failed = (error: unknown): Verdict =>
    policy.ignoresFailures ? nothing : { ...nothing, objections: [{ message: messageOf(error), reason: 'Invalid' }] };
  try {
    const budget = new Budget(costOfConditions);
    const own = { ...withVariables(policy, view), namespaceObject: null };
    if (policy.conditions.length > 0 && !conditionsHold(policy.conditions, own, budget)) return nothing;
  } catch (error) {
    return failed(error);
  }
  try {
    const budget = new Budget(cost);
    const seen = withVariables(policy, view);
    const objections = policy.validations.flatMap((one) => objectionOf(one, policy, seen, budget));
    return { objections, failures: annotationFailures(policy, view) };
  } catch (error) {
    if (error instanceof BudgetSpent) return failed(error);
    throw error;
  }
}

function objectionOf(validation: Validation, policy: Policy, view: AdmissionView, budget: Budget): Objection[] {
  try {
    if (evaluateExpression(validation.expression, view, budget) === true) return [];
  } catch (error) {
    if (error instanceof BudgetSpent) throw error;
    return policy.ignoresFailures ? [] : [{ message: messageOf(error), reason: 'Invalid' }];
  }
  return [{ message: messageFor(validation, view, budget), reason: validation.reason }];
}

const longestMessage = 5 * 1024;

function messageFor(
  { expression, message, messageExpression }: Validation,
  view: AdmissionView,
  budget: Budget,
): string {
  const plain = message.trim() === '' ? `failed expression: ${expression.trim()}` : message.trim();
  if (messageExpression === '') return plain;
  try {
    const text = evaluateExpression(messageExpression, view, budget);
    const told = typeof text === 'string' ? text.trim() : '';
    return told === '' || told.includes('\n') || Buffer.byteLength(told) > longestMessage ? plain : told;
  } catch (error) {
    if (error instanceof BudgetSpent) return `failed messageExpression: ${error.message}`;
    return plain;
  }
}

/** There is no audit log that annotations could stand in; but one that cannot be computed is a failure of its policy. */
function annotationFailures(policy: Policy, view: AdmissionView): Objection[] {
  const budget = new Budget(costOfObject);
  const seen = withVariables(policy, view);
  return policy.annotations.flatMap(({ expression }) => {
    try {
      evaluateExpression(expression, seen, budget);
      return [];
    } catch (error) {
      if (error instanceof BudgetSpent) throw error;
      return policy.ignoresFailures ? [] : [{ message: messageOf(error), reason: 'Invalid' }];
    }
  });
}

/** Variables are evaluated once, when they are first read, on the budget of who reads them. */
function withVariables({ variables }: Policy, view: AdmissionView): AdmissionView {
  if (variables.length === 0) return view;
  const composed: Record<string, unknown> = {};
  const whole = { ...view, variables: composed };
  for (const { name, expression } of variables) {
    const read = once(() => variableOf(name, expression, whole));
    Object.defineProperty(composed, name, { enumerable: true, get: read });
  }
  return whole;
}

function variableOf(name: string, expression: string, view: AdmissionView): unknown {
  const { run, error } = compileExpression(expression);
  if (run === undefined) throw new Error(`composited variable ${JSON.stringify(name)} fails to compile: ${error}`);
  try {
    return run({ ...view }) as unknown;
  } catch (failure) {
    if (isCostError(failure)) throw failure;
    throw new Error(`composited variable ${JSON.stringify(name)} fails to evaluate: ${runtimeErrorText(failure)}`, {
      cause: failure,
    });
  }
}

function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | { readonly failure: unknown } | undefined;
  return () => {
    if (result === undefined) {
      try {
        result = { value: compute() };
      } catch (failure) {
        result = { failure };
      }
    }
    if ('failure' in result) throw result.failure;
    return result.value;
  };
}
