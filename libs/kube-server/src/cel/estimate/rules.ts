import type { ASTNode } from '@marcbachmann/cel-js';
import type { StructuralSchema, ValidationRule } from '../../schema/schema.js';
import { type FieldError, fieldForbidden } from '../../status/status.js';
import { estimatedCost } from './expression.js';
import { times } from './ranges.js';
import { maxRequestBytes, sizedType } from './sized-types.js';

/** What one rule may cost (k8s.io/apiextensions-apiserver, StaticEstimatedCostLimit), and all of a schema. */
const mostOfRule = 10_000_000;
const mostOfSchema = 100_000_000;
const mostNamed = 4;

/** The checked tree of an expression of a rule; undefined when there is something wrong with it. */
export type Check = (node: StructuralSchema, rule: ValidationRule, expression: string) => ASTNode | undefined;

interface Observed {
  readonly path: string;
  readonly cost: number;
}

/** Which rules of a schema may cost too much, in the words of kube-apiserver. */
export function ruleCostErrors(schema: StructuralSchema, path: string, check: Check): FieldError[] {
  const observed: Observed[] = [];
  const errors: FieldError[] = [];
  walk({ schema, path, isRoot: true, most: 1 }, (place) => {
    const { schema: node, isRoot, most } = place;
    const type = sizedType(node, isRoot);
    if (type === undefined) return;
    const repeated = most ?? Math.floor(maxRequestBytes / (type.minBytes + 1));
    const observe = (rule: ValidationRule, member: 'rule' | 'messageExpression', at: string, factor: number): void => {
      const ast = check(node, rule, rule[member] ?? '');
      if (ast === undefined) return;
      const cost = times(estimatedCost(ast, type), factor);
      observed.push({ path: `${at}.${member}`, cost });
      const name = member === 'rule' ? 'rule' : 'messageExpression';
      if (cost > mostOfRule)
        errors.push(fieldForbidden(`${at}.${member}`, exceeds(`estimated ${name} cost`, cost, mostOfRule)));
    };
    node['x-kubernetes-validations']?.forEach((rule, i) => {
      const at = `${place.path}.x-kubernetes-validations[${i}]`;
      observe(rule, 'rule', at, repeated);
      if (rule.messageExpression !== undefined) observe(rule, 'messageExpression', at, 1);
    });
  });
  return [...errors, ...totalErrors(observed, path)];
}

/** Whether an error is about the cost of one rule, which is borne where the rule was stored before it was told. */
export function isRuleCost({ detail }: FieldError): boolean {
  return /^Forbidden: estimated (rule|messageExpression) cost exceeds budget/.test(detail);
}

function totalErrors(observed: readonly Observed[], path: string): FieldError[] {
  const total = observed.reduce((all, { cost }) => all + cost, 0);
  if (total <= mostOfSchema) return [];
  const dearest = observed
    .filter(({ cost }) => cost >= mostOfSchema / 100)
    .sort((a, b) => b.cost - a.cost)
    .slice(0, mostNamed);
  const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
  const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
  return [
    ...dearest.map((one) => fieldForbidden(one.path, contributed)),
    fieldForbidden(path, exceeds(name, total, mostOfSchema)),
  ];
}

function exceeds(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

interface Place {
  readonly schema: StructuralSchema;
  readonly path: string;
  readonly isRoot: boolean;
  /** How often a value may stand here; undefined: as often as a request can hold it. */
  readonly most: number | undefined;
}

function walk({ schema, path, isRoot, most }: Place, see: (place: Place) => void): void {
  const factor = repetition(schema);
  const inner = most === undefined || factor === undefined ? undefined : times(most, factor);
  const below = (node: StructuralSchema, at: string): void =>
    walk({ schema: node, path: at, isRoot: node['x-kubernetes-embedded-resource'] === true, most: inner }, see);
  for (const [name, node] of Object.entries(schema.properties ?? {})) below(node, `${path}.properties[${name}]`);
  if (typeof schema.additionalProperties === 'object')
    below(schema.additionalProperties, `${path}.additionalProperties`);
  if (schema.items !== undefined) below(schema.items, `${path}.items`);
  if (schema['x-kubernetes-validations'] !== undefined) see({ schema, path, isRoot, most });
}

/** How often what is below a node may stand in it. */
function repetition({ type, additionalProperties, maxProperties, maxItems }: StructuralSchema): number | undefined {
  if (type === 'array') return maxItems;
  return type === 'object' && additionalProperties !== undefined ? maxProperties : 1;
}
