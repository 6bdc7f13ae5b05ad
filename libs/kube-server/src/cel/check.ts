import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import type { StructuralSchema, ValidationRule } from '../schema/schema.js';
import { type FieldError, fieldInvalid } from '../status/status.js';
import { baseEnvironment } from './environment.js';
import { checkErrorText } from './check-errors.js';
import { absentMember, literalError } from './check-literals.js';
import { ruleCostErrors } from './estimate/rules.js';
import { parseForCheck } from './parse.js';
import { declareSelf } from './types.js';

let base: Environment | undefined;
let functions: ReadonlySet<string> | undefined;

/**
 * Finds rules of a schema that cannot be evaluated on any value, as they name members it does not describe or put types
 * together that do not fit, and rules that may cost too much.
 */
export function ruleTypeErrors(schema: StructuralSchema, path: string): FieldError[] {
  const text = JSON.stringify(schema);
  if (faultless.has(text)) return [];
  const nodes = new Map<StructuralSchema, RuleNode>();
  const mistyped = errorsBelow(schema, path, true, nodes);
  const dear = ruleCostErrors(schema, path, (node, rule, expression) => nodes.get(node)?.checked(rule, expression));
  const errors = [...mistyped, ...dear];
  if (errors.length === 0) {
    if (faultless.size >= maxRemembered) faultless.clear();
    faultless.add(text);
  }
  return errors;
}

/** Schemas that have passed: every server that starts is given the same definitions. */
const faultless = new Set<string>();
const maxRemembered = 256;

function errorsBelow(
  schema: StructuralSchema,
  path: string,
  isRoot: boolean,
  nodes: Map<StructuralSchema, RuleNode>,
): FieldError[] {
  const node = new RuleNode(schema, isRoot);
  if (node.rules.length > 0) nodes.set(schema, node);
  const errors = node.rules.flatMap((rule, i) => node.errorsOf(rule, `${path}.x-kubernetes-validations[${i}]`));
  const below = (inner: StructuralSchema, at: string): void =>
    void errors.push(...errorsBelow(inner, at, inner['x-kubernetes-embedded-resource'] === true, nodes));
  for (const [name, inner] of Object.entries(schema.properties ?? {})) below(inner, `${path}.properties[${name}]`);
  if (typeof schema.additionalProperties === 'object')
    below(schema.additionalProperties, `${path}.additionalProperties`);
  if (schema.items !== undefined) below(schema.items, `${path}.items`);
  return errors;
}

/** A node of a schema and its rules, which share what `self` is. */
class RuleNode {
  readonly rules: readonly ValidationRule[];
  readonly #schema: StructuralSchema;
  readonly #isRoot: boolean;
  readonly #environments: Partial<Record<'plain' | 'optional', Environment>> = {};

  constructor(schema: StructuralSchema, isRoot: boolean) {
    this.#schema = schema;
    this.#isRoot = isRoot;
    this.rules = schema['x-kubernetes-validations'] ?? [];
  }

  errorsOf(rule: ValidationRule, path: string): FieldError[] {
    const wrong = this.#typeError(rule, rule.rule, 'bool');
    if (wrong !== undefined) return [fieldInvalid(`${path}.rule`, shownRule(rule), wrong)];
    if (rule.messageExpression === undefined) return [];
    const message = this.#typeError(rule, rule.messageExpression, 'string');
    if (message === undefined) return [];
    const detail = message.startsWith('compilation')
      ? `messageExpression ${message}`
      : message.replace('cel expression', 'messageExpression');
    return [fieldInvalid(`${path}.messageExpression`, shownRule(rule), detail)];
  }

  /** The tree of an expression with the types of its nodes; undefined when it is wrong. */
  checked({ optionalOldSelf }: ValidationRule, expression: string): ASTNode | undefined {
    const { ast } = parseForCheck(this.#environment(optionalOldSelf === true ? 'optional' : 'plain'), expression);
    return ast;
  }

  #typeError(rule: ValidationRule, expression: string, wanted: 'bool' | 'string'): string | undefined {
    const env = this.#environment(rule.optionalOldSelf === true ? 'optional' : 'plain');
    const { type = 'dyn', error } = parseForCheck(env, expression);
    if (error !== undefined) return `compilation failed: ${checkErrorText(error, expression, isFunction)}`;
    const hidden = absentMember(env, expression) ?? literalError(env, expression);
    if (hidden !== undefined) return `compilation failed: ${hidden}`;
    return type === wanted || type.startsWith('dyn') ? undefined : `cel expression must evaluate to a ${wanted}`;
  }

  #environment(oldSelf: 'plain' | 'optional'): Environment {
    return (this.#environments[oldSelf] ??= this.#declared(oldSelf));
  }

  #declared(oldSelf: 'plain' | 'optional'): Environment {
    base ??= baseEnvironment();
    const env = base.clone();
    const expressions = this.rules.flatMap(({ rule, messageExpression = '' }) => [rule, messageExpression]);
    declareSelf(env, this.#schema, { isRoot: this.#isRoot, expression: expressions.join('\n'), oldSelf });
    return env;
  }
}

function isFunction(name: string): boolean {
  functions ??= new Set((base ?? baseEnvironment()).getDefinitions().functions.map((one) => one.name));
  return functions.has(name);
}

/** As kube-apiserver prints a rule. */
function shownRule({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule): unknown {
  return {
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}
