import { isObject, type StructuralSchema } from '../schema/schema.js';
import { itemsByElement } from './compare.js';
import type { FieldSet } from './field-set.js';
import { childSchema, itemElement, shapeOf } from './shape.js';

/** Merges an applied value into the live one by the schema. Parts that stay as they are are shared with the live value. */
export function mergeValues(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  if (live === undefined || applied === undefined) return applied === undefined ? live : applied;
  const shape = shapeOf(schema, applied);
  if (shape === 'leaf' || shapeOf(schema, live) !== shape) return applied;
  return shape === 'map' ? mergeMaps(schema, live, applied) : mergeLists(schema, live, applied);
}

function mergeMaps(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  if (!isObject(live) || !isObject(applied)) return applied;
  let merged: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(applied)) {
    const next = mergeValues(childSchema(schema, name), live[name], value);
    if (next !== live[name]) (merged ??= { ...live })[name] = next;
  }
  return merged ?? live;
}

/** Items only the live list has keep their places; the others come in the order they are applied in. */
function mergeLists(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  if (!Array.isArray(live) || !Array.isArray(applied)) return applied;
  const wanted = itemsByElement(schema, applied);
  const present = itemsByElement(schema, live);
  const merged: unknown[] = [];
  const queue = [...wanted.keys()];
  const emit = (element: string): void =>
    void merged.push(mergeValues(schema?.items, present.get(element), wanted.get(element)));
  for (const item of live as unknown[]) {
    const element = itemElement(schema, item);
    if (!wanted.has(element)) merged.push(item);
    else
      while (queue.length > 0) {
        const next = queue.shift() as string;
        emit(next);
        if (present.has(next)) break;
      }
  }
  for (const element of queue) emit(element);
  const isSame = merged.length === live.length && merged.every((item, i) => item === live[i]);
  return isSame ? live : merged;
}

/**
 * Removes from a value what is in `dropped` and in which nobody in `owned` has a part; undefined when nothing is left to
 * keep.
 */
export function removeUnowned(
  schema: StructuralSchema | undefined,
  value: unknown,
  dropped: FieldSet,
  owned: FieldSet | undefined,
): unknown {
  const shape = shapeOf(schema, value);
  if (shape === 'leaf' || dropped.children.size === 0) return value;
  if (shape === 'map' && isObject(value)) {
    let kept: Record<string, unknown> | undefined;
    for (const [element, below] of dropped.children) {
      const name = element.slice(2);
      if (value[name] === undefined) continue;
      const next = removedChild(childSchema(schema, name), value[name], below, owned?.children.get(element));
      if (next === value[name]) continue;
      kept ??= { ...value };
      if (next === undefined) delete kept[name];
      else kept[name] = next;
    }
    return kept ?? value;
  }
  const items = (value as unknown[]).map((item) => {
    const element = itemElement(schema, item);
    const below = dropped.children.get(element);
    return below === undefined ? item : removedChild(schema?.items, item, below, owned?.children.get(element));
  });
  const left = items.filter((item) => item !== undefined);
  return left.length === items.length && left.every((item, i) => item === (value as unknown[])[i]) ? value : left;
}

function removedChild(
  schema: StructuralSchema | undefined,
  value: unknown,
  dropped: FieldSet,
  owned: FieldSet | undefined,
): unknown {
  return owned === undefined ? undefined : removeUnowned(schema, value, dropped, owned);
}
