import { equalJson } from '@keelson/std';
import { isPlain } from '../kinds/schema-words.js';
import { isObject, type StructuralSchema } from '../schema/schema.js';
import { emptySet, type FieldSet, fieldElement, leaf, nodeOf } from './field-set.js';
import { below, childSchema, isDeclared, isUnowned, itemElement, shapeOf } from './shape.js';

export interface Comparison {
  /** What is new or has another value. */
  readonly changed: FieldSet;
  /** What is gone; everything below its members is gone too. */
  readonly removed: FieldSet;
}

const same: Comparison = { changed: emptySet, removed: emptySet };

/** What a write changed, by path. Parts that are the same object on both sides cost nothing. */
export function compareValues(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): Comparison {
  if (before === after) return same;
  if (after === undefined) return { changed: emptySet, removed: leaf };
  if (before === undefined) return { changed: addedSet(schema, after, path), removed: emptySet };
  const shape = shapeOf(schema, after);
  if (before === null && shape !== 'leaf') return compareValues(schema, Array.isArray(after) ? [] : {}, after, path);
  if (shape === 'leaf' || shapeOf(schema, before) !== shape)
    return equalJson(before, after) ? same : { changed: leaf, removed: emptySet };
  return shape === 'map' ? compareMaps(schema, before, after, path) : compareLists(schema, before, after, path);
}

function compareMaps(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  path: readonly string[],
): Comparison {
  if (!isObject(before) || !isObject(after)) return same;
  const changed: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] === after[name] || isUnowned(path, name)) continue;
    const element = fieldElement(name);
    const member = compareValues(childSchema(schema, name), before[name], after[name], below(path, element));
    changed.push([element, member.changed]);
    removed.push([element, member.removed]);
  }
  return { changed: nodeOf(false, changed), removed: nodeOf(false, removed) };
}

function compareLists(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  path: readonly string[],
): Comparison {
  const [old, next] = [itemsByElement(schema, before), itemsByElement(schema, after)];
  const changed: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  for (const element of new Set([...old.keys(), ...next.keys()])) {
    const item = compareValues(schema?.items, old.get(element), next.get(element), below(path, element));
    changed.push([element, item.changed]);
    removed.push([element, item.removed]);
  }
  return { changed: nodeOf(false, changed), removed: nodeOf(false, removed) };
}

/** Items of a set or map list by their path elements; of duplicates the first. */
export function itemsByElement(schema: StructuralSchema | undefined, list: unknown): Map<string, unknown> {
  const items = new Map<string, unknown>();
  for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
    const element = itemElement(schema, item);
    if (!items.has(element)) items.set(element, item);
  }
  return items;
}

/** Everything in a value that was not there before: an update owns every node it adds, but plain structures. */
function addedSet(schema: StructuralSchema | undefined, value: unknown, path: readonly string[]): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape === 'leaf') return leaf;
  const isStructure = path.length === 0 || (path.length === 1 && path[0] === 'f:metadata') || isPlain(schema);
  const children: [string, FieldSet][] = [];
  if (shape === 'map' && isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined || isUnowned(path, name)) continue;
      const element = fieldElement(name);
      children.push([element, addedSet(childSchema(schema, name), member, below(path, element))]);
    }
  } else {
    for (const [element, item] of itemsByElement(schema, value))
      children.push([element, addedSet(schema?.items, item, below(path, element))]);
  }
  return nodeOf(!isStructure, children);
}

/** The fields an applied configuration names: list items and undeclared entries are members themselves, structures are not. */
export function appliedSet(
  schema: StructuralSchema | undefined,
  value: unknown,
  path: readonly string[] = [],
): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape === 'leaf') return leaf;
  if (shape === 'map' && isObject(value)) {
    const children: [string, FieldSet][] = [];
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined || isUnowned(path, name)) continue;
      const element = fieldElement(name);
      const own = appliedSet(childSchema(schema, name), member, below(path, element));
      const isEmptyMap = isObject(member) && Object.keys(member).length === 0;
      const isMember = own.isMember || isEmptyMap || !isDeclared(schema, name);
      children.push([element, nodeOf(isMember && !(path.length === 0 && name === 'metadata'), own.children)]);
    }
    return nodeOf(false, children);
  }
  const items = [...itemsByElement(schema, value)];
  return nodeOf(
    false,
    items.map(([element, item]) => [
      element,
      nodeOf(true, appliedSet(schema?.items, item, below(path, element)).children),
    ]),
  );
}
