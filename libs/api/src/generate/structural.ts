import { terminal } from '@keelson/std';
import { z } from 'zod';

/** A node of a structural schema: what a CustomResourceDefinition may carry. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  format?: string;
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxProperties?: number;
  minItems?: number;
  maxItems?: number;
  /** Only constraints on values: types and properties are pulled out of it. */
  oneOf?: StructuralSchema[];
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: ValidationRule[];
}

export interface ValidationRule {
  rule: string;
  message: string;
  messageExpression?: string;
  fieldPath?: string;
  reason?: string;
}

/** JSON schema as zod writes it. */
interface JsonNode {
  [key: string]: unknown;
}

/**
 * The structural OpenAPI schema of a zod schema, by the rules of
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 * Fails (terminal, `NotStructural`) on what has no structural form, naming the path.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return convert(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }), '');
}

/** Keywords taken over as they are. */
const kept = [
  'type',
  'description',
  'format',
  'nullable',
  'default',
  'enum',
  'required',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const;

/** Keywords that say nothing in a structural schema, or are read elsewhere. */
const handled = new Set<string>([
  ...kept,
  '$schema',
  'properties',
  'items',
  'additionalProperties',
  'anyOf',
  'oneOf',
  'minimum',
  'maximum',
  'title',
  'id',
]);

function convert(node: JsonNode, path: string): StructuralSchema {
  const unknown = Object.keys(node).find((key) => !handled.has(key));
  if (unknown !== undefined) throw notStructural(path, `keyword ${unknown}`);
  if (node['anyOf'] !== undefined) return intOrString(node, path);
  if (node['oneOf'] !== undefined) return discriminated(node, path);
  return { ...keep(node), ...numberBounds(node), ...members(node, path) };
}

function keep(node: JsonNode): StructuralSchema {
  const schema: StructuralSchema = Object.fromEntries(
    kept.flatMap((key) => (node[key] === undefined ? [] : [[key, node[key]]])),
  );
  // JavaScript escapes the slash in the source of an expression; RE2 needs no such thing.
  return schema.pattern === undefined ? schema : { ...schema, pattern: schema.pattern.replaceAll('\\/', '/') };
}

/** zod bounds every integer by what a double holds exactly; Kubernetes says int64 instead. */
function numberBounds(node: JsonNode): StructuralSchema {
  if (node['type'] !== 'integer' && node['type'] !== 'number') return {};
  const { minimum, maximum } = node;
  return {
    ...(node['type'] === 'integer'
      ? { format: minimum === -(2 ** 31) && maximum === 2 ** 31 - 1 ? 'int32' : 'int64' }
      : {}),
    ...(typeof minimum === 'number' && minimum > -(2 ** 31) ? { minimum } : {}),
    ...(typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER && maximum !== 2 ** 31 - 1 ? { maximum } : {}),
  };
}

function members(node: JsonNode, path: string): StructuralSchema {
  const { type, properties, additionalProperties, items } = node;
  if (type === undefined) return { 'x-kubernetes-preserve-unknown-fields': true };
  if (isNode(items)) return { items: convert(items, `${path}[]`) };
  const own =
    isNode(properties) && Object.keys(properties).length > 0 ? { properties: eachProperty(properties, path) } : {};
  if (!isNode(additionalProperties)) return own;
  const open = Object.keys(additionalProperties).length === 0;
  if (open) return { ...own, 'x-kubernetes-preserve-unknown-fields': true };
  if ('properties' in own) throw notStructural(path, 'properties together with additionalProperties');
  return { additionalProperties: convert(additionalProperties, `${path}{}`) };
}

function eachProperty(properties: JsonNode, path: string): Record<string, StructuralSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      convert(isNode(value) ? value : {}, path === '' ? name : `${path}.${name}`),
    ]),
  );
}

function intOrString(node: JsonNode, path: string): StructuralSchema {
  const options = list(node['anyOf']);
  const types = options.map((option) => option['type']);
  if (types.length !== 2 || !types.includes('integer') || !types.includes('string'))
    throw notStructural(path, `anyOf of ${types.join(', ')}`);
  const longest = options.find((option) => option['type'] === 'string')?.['maxLength'];
  return {
    ...keep(node),
    ...(typeof longest === 'number' ? { maxLength: longest } : {}),
    'x-kubernetes-int-or-string': true,
  };
}

/** A discriminated union: all members at the node, what each variant demands under oneOf. */
function discriminated(node: JsonNode, path: string): StructuralSchema {
  const variants = list(node['oneOf']).map((option) => convert(option, path));
  if (variants.some((variant) => variant.type !== 'object'))
    throw notStructural(path, 'oneOf of other things than objects');
  const properties: Record<string, StructuralSchema> = {};
  for (const variant of variants) {
    for (const [name, schema] of Object.entries(variant.properties ?? {}))
      properties[name] = merge(properties[name], schema, `${path}.${name}`);
  }
  const required = (variants[0]?.required ?? []).filter((name) =>
    variants.every((variant) => variant.required?.includes(name)),
  );
  return { ...keep(node), type: 'object', properties, required, oneOf: variants.map(demands) };
}

function merge(one: StructuralSchema | undefined, other: StructuralSchema, path: string): StructuralSchema {
  if (one === undefined || JSON.stringify(one) === JSON.stringify(other)) return other;
  if (one.type !== other.type || one.enum === undefined || other.enum === undefined)
    throw notStructural(path, 'variants that disagree on a member');
  return { ...one, enum: [...new Set([...one.enum, ...other.enum])] };
}

function demands(variant: StructuralSchema): StructuralSchema {
  const fixed = Object.entries(variant.properties ?? {}).filter(([, schema]) => schema.enum !== undefined);
  return {
    properties: Object.fromEntries(fixed.map(([name, schema]) => [name, { enum: schema.enum ?? [] }])),
    ...(variant.required === undefined ? {} : { required: variant.required }),
  };
}

function list(value: unknown): JsonNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is JsonNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notStructural(path: string, what: string): Error {
  return terminal(`schema at ${path === '' ? 'the root' : path}: ${what} has no structural form`, {
    reason: 'NotStructural',
  });
}
