import { type Environment, Optional, type ParseResult } from '@marcbachmann/cel-js';
import { equalJson, messageOf } from '@keelson/std';
import { isObject, joinPath, memberSchema, type StructuralSchema, type ValidationRule } from '../schema/schema.js';
import { type FieldError, fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired } from '../status/status.js';
import { Budget, costOfObject, isCostError } from './cost.js';
import { ruleEnvironment } from './environment.js';
import { parseExpression } from './parse.js';
import { celMembers, celValue, escapedName, rootView } from './values.js';

/** Rules of a schema, ready to run, at the nodes they hang on. */
export interface CompiledRules {
  readonly at: ReadonlyMap<StructuralSchema, readonly CompiledRule[]>;
  /** Nodes that have rules or lie above some: others need no walk. */
  readonly above: ReadonlySet<StructuralSchema>;
}

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly run: ParseResult;
  readonly message: ParseResult | undefined;
  /** Compares with the state before and runs on updates only. */
  readonly isTransition: boolean;
  /** The only members of the value that the rule reads; undefined: it may read any. */
  readonly reads: ReadonlySet<string> | undefined;
}

const environments: Partial<Record<'plain' | 'optional', Environment>> = {};

/**
 * Parses all rules of a schema.
 *
 * @returns the rules, and what is wrong with those that cannot be used, by the path of the rule in the definition
 */
export function compileRules(
  schema: StructuralSchema,
  path = 'openAPIV3Schema',
): { rules: CompiledRules; errors: FieldError[] } {
  const known = faultless.get(schema);
  if (known !== undefined) return { rules: known, errors: [] };
  const rules = new Map<StructuralSchema, readonly CompiledRule[]>();
  const errors: FieldError[] = [];
  visit(schema, path, undefined, (node, at, uncorrelatable) => {
    const own = node['x-kubernetes-validations'];
    if (own === undefined) return;
    rules.set(
      node,
      own.flatMap((rule, i) =>
        compileRule({ rule, schema: node, path: `${at}.x-kubernetes-validations[${i}]`, uncorrelatable }, errors),
      ),
    );
  });
  const compiled = { at: rules, above: nodesAbove(schema, rules) };
  if (errors.length === 0 && Object.isFrozen(schema)) faultless.set(schema, compiled);
  return { rules: compiled, errors };
}

/** Schemas are frozen parts of stored definitions: what was compiled once holds. */
const faultless = new WeakMap<StructuralSchema, CompiledRules>();

function nodesAbove(schema: StructuralSchema, rules: ReadonlyMap<StructuralSchema, unknown>): Set<StructuralSchema> {
  const above = new Set<StructuralSchema>();
  const look = (node: StructuralSchema): boolean => {
    const below = [
      ...Object.values(node.properties ?? {}),
      ...(typeof node.additionalProperties === 'object' ? [node.additionalProperties] : []),
      ...(node.items === undefined ? [] : [node.items]),
    ];
    const has = below.map(look).includes(true) || rules.has(node);
    if (has) above.add(node);
    return has;
  };
  look(schema);
  return above;
}

/** `uncorrelatable` is the path of the outermost list above a node whose items cannot be told apart from one write to the next. */
function visit(
  schema: StructuralSchema,
  path: string,
  uncorrelatable: string | undefined,
  see: (node: StructuralSchema, path: string, uncorrelatable: string | undefined) => void,
): void {
  see(schema, path, uncorrelatable);
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    visit(below, `${path}.properties[${name}]`, uncorrelatable, see);
  if (typeof schema.additionalProperties === 'object')
    visit(schema.additionalProperties, `${path}.additionalProperties`, uncorrelatable, see);
  if (schema.items !== undefined) {
    const own = schema['x-kubernetes-list-type'] === 'map' ? undefined : path;
    visit(schema.items, `${path}.items`, uncorrelatable ?? own, see);
  }
}

interface RulePlace {
  readonly rule: ValidationRule;
  readonly schema: StructuralSchema;
  readonly path: string;
  readonly uncorrelatable: string | undefined;
}

function compileRule({ rule, schema, path, uncorrelatable }: RulePlace, errors: FieldError[]): CompiledRule[] {
  const oldSelf = rule.optionalOldSelf === true ? 'optional' : 'plain';
  const run = parse(rule.rule, oldSelf, `${path}.rule`, errors);
  const message =
    rule.messageExpression === undefined
      ? undefined
      : parse(rule.messageExpression, oldSelf, `${path}.messageExpression`, errors);
  const isTransition = /\boldSelf\b/.test(rule.rule);
  if (rule.optionalOldSelf !== undefined && !isTransition)
    errors.push(
      fieldInvalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
    );
  if (isTransition && uncorrelatable !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(fieldInvalid(`${path}.rule`, rule.rule, detail));
  }
  if (run === undefined || (rule.messageExpression !== undefined && message === undefined)) return [];
  return [
    { rule, run, message, isTransition, reads: membersRead(schema, `${rule.rule}\n${rule.messageExpression ?? ''}`) },
  ];
}

/** The described members that an expression names after `self` and `oldSelf`; undefined when it uses either in another way. */
function membersRead(schema: StructuralSchema, expression: string): ReadonlySet<string> | undefined {
  const names = new Map(
    [...Object.keys(schema.properties ?? {}), 'apiVersion', 'kind', 'metadata'].map((name) => [
      escapedName(name),
      name,
    ]),
  );
  const reads = new Set<string>();
  for (const [, word] of expression.matchAll(/\b(?:self|oldSelf)\b(?:\.\??([A-Za-z_][A-Za-z0-9_]*)\b(?!\s*\())?/g)) {
    const name = names.get(word);
    if (word === undefined || name === undefined) return undefined;
    reads.add(name);
  }
  return reads;
}

function parse(
  expression: string,
  oldSelf: 'plain' | 'optional',
  path: string,
  errors: FieldError[],
): ParseResult | undefined {
  const environment = (environments[oldSelf] ??= ruleEnvironment(oldSelf));
  const { run, error } = parseExpression(environment, expression);
  if (error !== undefined) errors.push(fieldInvalid(path, expression, `compilation failed: ${error}`));
  return run;
}

function firstLine(error: unknown): string {
  return (messageOf(error).split('\n')[0] ?? '').replace(/^No such key:/, 'no such key:');
}

/**
 * Runs the rules over a value and finds those that do not hold. What did not change is not held against the writer.
 *
 * @param path where the value stands, if not at the root of an object
 */
export function evaluateRules(
  rules: CompiledRules,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  path = '',
): FieldError[] {
  if (rules.at.size === 0) return [];
  const errors: FieldError[] = [];
  walk({ rules, errors, budget: new Budget(costOfObject) }, schema, value, old, path);
  return errors;
}

interface Walk {
  readonly rules: CompiledRules;
  readonly errors: FieldError[];
  readonly budget: Budget;
}

function walk(state: Walk, schema: StructuralSchema, value: unknown, old: unknown, path: string): void {
  if (value === undefined || value === null || (old !== undefined && old === value) || !state.rules.above.has(schema))
    return;
  if (state.budget.isSpent) return;
  const own = state.rules.at.get(schema);
  if (own !== undefined && !(old !== undefined && equalJson(old, value)))
    for (const rule of own) if (!state.budget.isSpent) evaluate(state, rule, schema, value, old, path);
  if (Array.isArray(value) && schema.items !== undefined) {
    const items = schema.items;
    const earlier = correlate(schema, old);
    value.forEach((item, i) => walk(state, items, item, earlier(item), `${path}[${i}]`));
  } else if (isObject(value)) {
    const before = isObject(old) ? old : undefined;
    for (const name of Object.keys(value)) {
      const below = memberSchema(schema, name);
      if (below !== undefined) walk(state, below, value[name], before?.[name], memberPath(schema, path, name));
    }
  }
}

/** Only items of map lists are known to be the same as before. */
function correlate(schema: StructuralSchema, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return () => undefined;
  const idOf = (item: unknown): string =>
    JSON.stringify(keys.map((key) => (isObject(item) ? (item[key] ?? null) : null)));
  const byId = new Map(old.map((item) => [idOf(item), item as unknown]));
  return (item) => byId.get(idOf(item));
}

function memberPath(schema: StructuralSchema, path: string, name: string): string {
  return schema.properties?.[name] === undefined ? `${path}[${name}]` : joinPath(path, name);
}

function evaluate(
  state: Walk,
  compiled: CompiledRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  path: string,
): void {
  const { rule } = compiled;
  if (compiled.isTransition && old === undefined && rule.optionalOldSelf !== true) return;
  const seen = (whole: unknown): unknown => {
    const view = path === '' ? rootView(whole) : whole;
    return compiled.reads === undefined ? celValue(schema, view) : celMembers(schema, view, compiled.reads);
  };
  const context = { self: seen(value), ...oldSelfOf(rule, old === undefined ? undefined : seen(old)) };
  try {
    if (state.budget.during((): unknown => compiled.run(context)) === true) return;
  } catch (error) {
    const detail = isCostError(error)
      ? costText(rule, error, state.budget)
      : `${firstLine(error).replace(/^No such key/, 'no such key')} evaluating rule: ${rule.message ?? rule.rule}`;
    state.errors.push(fieldInvalid(path === '' ? '<nil>' : path.replace(/^\./, ''), typeOf(schema), detail));
    if (isCostError(error)) state.budget.exhaust();
    return;
  }
  state.errors.push(ruleError(compiled, schema, shownPath(path, rule), messageFor(compiled, context, state.budget)));
}

function costText({ rule, message }: ValidationRule, error: unknown, budget: Budget): string {
  return budget.isSpent
    ? 'validation failed due to running out of cost budget, no further validation rules will be run'
    : `'${firstLine(error)}': no further validation rules will be run due to call cost exceeds limit for rule: ${message ?? rule}`;
}

function oldSelfOf(rule: ValidationRule, old: unknown): { oldSelf?: unknown } {
  if (rule.optionalOldSelf === true) return { oldSelf: Optional.of(old) };
  return old === undefined ? {} : { oldSelf: old };
}

function messageFor({ rule, message }: CompiledRule, context: Record<string, unknown>, budget: Budget): string {
  const fallback = rule.message ?? `failed rule: ${rule.rule}`;
  if (message === undefined) return fallback;
  try {
    const text: unknown = budget.during((): unknown => message(context));
    return typeof text === 'string' && text.trim() !== '' ? text : fallback;
  } catch {
    // As documented: a message that cannot be computed gives way to the plain one.
    return fallback;
  }
}

function shownPath(path: string, rule: ValidationRule): string {
  const whole =
    rule.fieldPath === undefined
      ? path
      : `${path}${rule.fieldPath.startsWith('.') || rule.fieldPath.startsWith('[') ? '' : '.'}${rule.fieldPath}`;
  return whole === '' ? '<nil>' : whole.replace(/^\./, '');
}

function typeOf(schema: StructuralSchema): string {
  return schema['x-kubernetes-int-or-string'] === true ? 'integer or string' : (schema.type ?? 'object');
}

function ruleError({ rule }: CompiledRule, schema: StructuralSchema, path: string, message: string): FieldError {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return fieldForbidden(path, message);
    case 'FieldValueRequired':
      return fieldRequired(path, message);
    case 'FieldValueDuplicate':
      return fieldDuplicate(path, typeOf(schema));
    default:
      return fieldInvalid(path, typeOf(schema), message);
  }
}
