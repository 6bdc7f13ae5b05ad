import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { messageOf } from '@keelson/std';
import { conditionEnvironment } from './environment.js';
import { celValue } from './values.js';

/** What conditions of webhooks speak of; `object` is null when something is deleted, `oldObject` when it is created. */
export interface ConditionContext {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
}

export interface CompiledCondition {
  readonly run: ParseResult | undefined;
  /** Why the expression cannot be used. */
  readonly error: string | undefined;
}

const maxRemembered = 512;
const known = new Map<string, CompiledCondition>();
let environment: Environment | undefined;

/** Parses a match condition. There is no `authorizer`: an expression that names it is refused. */
export function compileCondition(expression: string): CompiledCondition {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const compiled = compile(expression);
  if (known.size >= maxRemembered) known.clear();
  known.set(expression, compiled);
  return compiled;
}

function compile(expression: string): CompiledCondition {
  environment ??= conditionEnvironment();
  try {
    const run = environment.parse(expression);
    const checked = run.check();
    return checked.valid ? { run, error: undefined } : { run: undefined, error: firstLine(checked.error) };
  } catch (error) {
    return { run: undefined, error: firstLine(error) };
  }
}

/**
 * Whether a condition holds.
 *
 * @throws Error when it cannot be evaluated or is neither true nor false
 */
export function conditionHolds(expression: string, context: ConditionContext): boolean {
  const { run, error } = compileCondition(expression);
  if (run === undefined) throw new Error(error ?? 'it cannot be compiled');
  const { object, oldObject, request } = context;
  const result: unknown = run({
    object: celValue(undefined, object ?? null),
    oldObject: celValue(undefined, oldObject ?? null),
    request: celValue(undefined, request),
  });
  if (typeof result !== 'boolean') throw new Error('cel expression must evaluate to a bool');
  return result;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
