import type { Environment } from '@marcbachmann/cel-js';
import { addAuthorizer, authorizerType } from './authorizer.js';
import { checkErrorText, typeText } from './check-errors.js';
import { absentMember, literalError } from './check-literals.js';
import { baseEnvironment } from './environment.js';
import { type Parsed, parseExpression, parseForCheck } from './parse.js';
import { declareRequest } from './request-types.js';

/** Which variables an expression of admission may name besides `object`, `oldObject`, `request` and `namespaceObject`. */
export interface Vocabulary {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** Types of `variables` by name; absent where there are none. */
  readonly variables?: ReadonlyMap<string, string>;
  /** Types of `object` and `oldObject` and of `params`; anything when absent. */
  readonly declare?: (env: Environment) => { readonly object: string; readonly params: string };
}

const environments = new Map<string, Environment>();
let functions: ReadonlySet<string> | undefined;

/** The type an expression evaluates to, or why it cannot be used, in the words of cel-go. */
export function expressionType(
  expression: string,
  vocabulary: Vocabulary,
): { readonly type: string; readonly error?: undefined } | { readonly type?: undefined; readonly error: string } {
  const env = environmentFor(vocabulary);
  const { type = 'dyn', error } = parseForCheck(env, expression);
  if (error !== undefined) return { error: checkErrorText(error, expression, isFunction) };
  const hidden = absentMember(env, expression) ?? literalError(env, expression);
  if (hidden !== undefined) return { error: hidden };
  const { error: unusable } = compileExpression(expression);
  return unusable === undefined ? { type } : { error: unusable };
}

/**
 * Why an expression cannot be used.
 *
 * @param wanted the types it may have; anything when absent
 */
export function expressionError(
  expression: string,
  vocabulary: Vocabulary,
  wanted?: readonly string[],
): string | undefined {
  const { type, error } = expressionType(expression, vocabulary);
  if (error !== undefined) return `compilation failed: ${error}`;
  if (wanted === undefined || wanted.includes(type)) return undefined;
  const names = wanted.map(typeName);
  const must = names.length === 1 ? String(names[0]) : `one of [${names.join(' ')}]`;
  return `must evaluate to ${must} but got ${typeName(type)}`;
}

/** A type as cel-go names it where it stands alone. */
function typeName(type: string): string {
  return type === 'null' ? 'null_type' : typeText(type);
}

function environmentFor(vocabulary: Vocabulary): Environment {
  const { hasParams, hasAuthorizer, variables, declare } = vocabulary;
  const key = `${hasParams} ${hasAuthorizer}`;
  let env = environments.get(key);
  if (env === undefined) {
    env = baseEnvironment();
    addAuthorizer(env);
    declareRequest(env);
    if (hasAuthorizer) env.registerVariable('authorizer', authorizerType);
    environments.set(key, env);
  }
  const own = env.clone();
  const { object, params } = declare?.(own) ?? { object: 'dyn', params: 'dyn' };
  own.registerVariable('object', object);
  own.registerVariable('oldObject', object);
  if (hasParams) own.registerVariable('params', params);
  if (variables !== undefined) {
    own.registerType('kubernetes.variables', { fields: Object.fromEntries(variables) });
    own.registerVariable('variables', 'kubernetes.variables');
  }
  return own;
}

function isFunction(name: string): boolean {
  functions ??= new Set(
    runEnvironment()
      .getDefinitions()
      .functions.map((one) => one.name),
  );
  return functions.has(name);
}

const maxRemembered = 1024;
const known = new Map<string, Parsed>();
let running: Environment | undefined;

/** Compiles an expression to be run: types are looked at then. */
export function compileExpression(expression: string): Parsed {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const compiled = parseExpression(runEnvironment(), expression);
  if (known.size >= maxRemembered) known.clear();
  known.set(expression, compiled);
  return compiled;
}

function runEnvironment(): Environment {
  if (running === undefined) {
    running = baseEnvironment();
    addAuthorizer(running);
    for (const name of ['object', 'oldObject', 'request', 'namespaceObject', 'params', 'variables'])
      running.registerVariable(name, 'dyn');
    running.registerVariable('authorizer', authorizerType);
  }
  return running;
}
