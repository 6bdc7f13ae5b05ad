import type { Environment } from '@marcbachmann/cel-js';
import { Budget, costOfConditions } from './cost.js';
import { conditionEnvironment } from './environment.js';
import { type Parsed, parseExpression } from './parse.js';
import { celValue } from './values.js';

/** What conditions of webhooks speak of; `object` is null when something is deleted, `oldObject` when it is created. */
export interface ConditionContext {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
}

const maxRemembered = 512;
const known = new Map<string, Parsed>();
let environment: Environment | undefined;

/** Parses a match condition. There is no `authorizer`: an expression that names it is refused. */
export function compileCondition(expression: string): Parsed {
  const before = known.get(expression);
  if (before !== undefined) return before;
  environment ??= conditionEnvironment();
  const compiled = parseExpression(environment, expression);
  if (known.size >= maxRemembered) known.clear();
  known.set(expression, compiled);
  return compiled;
}

/** The type of a condition that can be neither true nor false; undefined when it may be. */
export function wrongConditionType(expression: string): string | undefined {
  const type = compileCondition(expression).run?.check().type;
  return type === undefined || type === 'bool' || type.startsWith('dyn') ? undefined : type;
}

/**
 * Whether a condition holds.
 *
 * @throws Error when it cannot be evaluated or is neither true nor false
 */
export function conditionHolds(expression: string, context: ConditionContext): boolean {
  const { run, error } = compileCondition(expression);
  if (run === undefined) throw new Error(error);
  const { object, oldObject, request } = context;
  const evaluate = (): unknown =>
    run({
      object: celValue(undefined, object ?? null),
      oldObject: celValue(undefined, oldObject ?? null),
      request: celValue(undefined, request),
    });
  const result = new Budget(costOfConditions).during(evaluate);
  if (typeof result !== 'boolean') throw new Error('cel expression must evaluate to a bool');
  return result;
}
