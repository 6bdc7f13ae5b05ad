import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js';
import { messageOf } from '@keelson/std';
import { meter } from './cost.js';
import { isObject } from '../schema/schema.js';
import { matchesPattern } from '../schema/pattern.js';

export type Parsed =
  | { readonly run: ParseResult; readonly error: undefined }
  | { readonly run: undefined; readonly error: string };

/** The evaluator's own `matches` is JavaScript's, which hostile patterns can stall and which reads some patterns differently. */
const safeMatches = 'matches_re2';

/** Gives an environment the `matches` of RE2, to which `parseExpression` leads every call. */
export function addMatches(env: Environment): void {
  const matches = (text: string, pattern: string): boolean => matchesPattern(pattern, text);
  env.registerFunction(`string.${safeMatches}(string): bool`, matches);
  env.registerFunction(`${safeMatches}(string, string): bool`, matches);
}

/** Parses and checks an expression of rules or conditions; `error` is one line that says why it cannot be used. */
export function parseExpression(env: Environment, expression: string): Parsed {
  try {
    const run = env.parse(expression);
    leadMatches(run.ast);
    meter(run.ast);
    const checked = run.check();
    return checked.valid ? { run, error: undefined } : { run: undefined, error: lineOf(checked.error) };
  } catch (error) {
    return { run: undefined, error: lineOf(error) };
  }
}

/** What there is to say of an expression that is not to be run. */
export type Checked =
  | { readonly type: string; readonly ast: ASTNode; readonly error?: undefined }
  | { readonly type?: undefined; readonly ast?: undefined; readonly error: unknown };

/** Parses and checks an expression that is not to be run: its type, or what is wrong as the evaluator tells it. */
export function parseForCheck(env: Environment, expression: string): Checked {
  try {
    const run = env.parse(expression);
    const { valid, type, error } = run.check();
    return valid ? { type: type ?? 'dyn', ast: run.ast } : { error };
  } catch (error) {
    return { error };
  }
}

/** Renames calls in place: nothing else tells the evaluator which function is meant. */
function leadMatches(node: unknown): void {
  if (Array.isArray(node)) return node.forEach(leadMatches);
  if (!isObject(node) || !('op' in node)) return;
  const { op, args } = node;
  // The evaluator has it, Kubernetes has not.
  if (op === 'rcall' && Array.isArray(args) && args[0] === 'bind' && isObject(args[1]) && args[1].args === 'cel')
    throw new Error("undeclared reference to 'cel' (in container '')");
  if ((op === 'rcall' || op === 'call') && Array.isArray(args) && args[0] === 'matches') args[0] = safeMatches;
  leadMatches(args);
}

function lineOf(error: unknown): string {
  return (messageOf(error).split('\n')[0] ?? '').replaceAll(safeMatches, 'matches');
}
