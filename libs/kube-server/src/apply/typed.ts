import { goText } from '../status/go-text.js';
import { isObject, memberSchema, rootMembers, type StructuralSchema } from '../schema/schema.js';
import { elementText } from './field-set.js';
import { isDeclared, itemElement, shapeOf } from './shape.js';

/** What keeps a configuration from being applied: fields the schema does not know, wrong types, duplicates. By path. */
export function typedErrors(schema: StructuralSchema, value: Record<string, unknown>): string[] {
  const errors: string[] = [];
  walk(schema, value, '', errors);
  return errors;
}

function walk(schema: StructuralSchema | undefined, value: unknown, path: string, errors: string[]): void {
  if (schema === undefined || value === null || value === undefined) return;
  const wrong = wrongType(schema, value);
  if (wrong !== undefined) return void errors.push(`${path}: ${wrong}`);
  if (isObject(value)) walkMembers(schema, value, path, errors);
  else if (Array.isArray(value)) walkItems(schema, value, path, errors);
}

function walkMembers(schema: StructuralSchema, value: Record<string, unknown>, path: string, errors: string[]): void {
  const keepsUnknown =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true ||
    schema.type === undefined;
  for (const [name, member] of Object.entries(value)) {
    if (path === '' && rootMembers.has(name) && !isDeclared(schema, name)) continue;
    const below = memberSchema(schema, name);
    if (below !== undefined) walk(below, member, `${path}.${name}`, errors);
    else if (
      !keepsUnknown &&
      schema.properties !== undefined &&
      !(schema['x-kubernetes-embedded-resource'] === true && rootMembers.has(name))
    ) {
      errors.push(`${path}.${name}: field not declared in schema`);
    }
  }
}

function walkItems(schema: StructuralSchema, value: readonly unknown[], path: string, errors: string[]): void {
  const shape = shapeOf(schema, value);
  const seen = new Set<string>();
  const reported = new Set<string>();
  value.forEach((item, i) => {
    const keyless = missingKeys(schema, item);
    if (keyless !== undefined) return void errors.push(`${path}: element ${i}: ${keyless}`);
    const element = shape === 'leaf' ? `i:${i}` : itemElement(schema, item);
    if (seen.has(element) && !reported.has(element)) {
      reported.add(element);
      errors.push(`${path}: duplicate entries for key ${elementText(element)}`);
    }
    seen.add(element);
    walk(schema.items, item, `${path}${elementText(element)}`, errors);
  });
}

function wrongType(schema: StructuralSchema, value: unknown): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true || schema.type === undefined) return undefined;
  switch (schema.type) {
    case 'object':
      return isObject(value) ? undefined : `expected map, got ${goValue(value)}`;
    case 'array':
      return Array.isArray(value) ? undefined : `expected list, got ${goValue(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got ${goLiteral(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${goLiteral(value)}`;
    default:
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goKind(value)}`;
  }
}

/** A scalar that is none of the wanted kind, as Go's %#v prints it. */
function goLiteral(value: unknown): string {
  return `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Map keys that an item lacks and no default fills: all of them are missing. */
function missingKeys(schema: StructuralSchema, item: unknown): string | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || !isObject(item)) return undefined;
  const isGiven = (key: string): boolean =>
    item[key] !== undefined || schema.items?.properties?.[key]?.default !== undefined;
  if (keys.some(isGiven)) return undefined;
  const names = keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

/** How structured-merge-diff prints a value. */
function goValue(value: unknown): string {
  return `&{${goText(value)}}`;
}
