import type { Environment } from '@marcbachmann/cel-js';
import { patternError } from '../schema/pattern.js';
import { errorText } from './check-errors.js';
import { parseForCheck } from './parse.js';

/**
 * The evaluator takes `has` of anything. Here its argument is checked as if it were read; undefined when the schema
 * describes what is asked for.
 */
export function absentMember(env: Environment, expression: string): string | undefined {
  if (!/\bhas\(/.test(expression)) return undefined;
  const { error } = parseForCheck(env, expression.replace(hasCall, '([$1].size() > 0)'));
  const field = error instanceof Error ? /^No such key: (\w+)/.exec(error.message)?.[1] : undefined;
  if (field === undefined) return undefined;
  const call = [...expression.matchAll(hasCall)].find(([, argument = '']) => argument.endsWith(`.${field}`));
  return errorText(`undefined field '${field}'`, expression, call === undefined ? 0 : call.index + 'has'.length);
}

const hasCall = /\bhas\(\s*([\w.]+)\s*\)/g;

/** Patterns, spans and times that are written out are checked when the rule is stored. */
export function literalError(env: Environment, expression: string): string | undefined {
  for (const call of expression.matchAll(
    /\b(matches|duration|timestamp)\(\s*(r?)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\)/g,
  )) {
    const [whole, name = '', raw = '', literal = ''] = call;
    if (isLiteral(env, name, `${raw}${literal}`)) continue;
    return errorText(`invalid ${name} argument`, expression, call.index + whole.indexOf(`${raw}${literal}`));
  }
  return undefined;
}

function isLiteral(env: Environment, name: string, literal: string): boolean {
  try {
    if (name !== 'matches') return env.evaluate(`${name}(${literal})`) !== undefined;
    const pattern: unknown = env.evaluate(literal);
    return typeof pattern === 'string' && patternError(pattern) === undefined;
  } catch {
    // What cannot be evaluated by itself is no literal of that kind.
    return false;
  }
}
