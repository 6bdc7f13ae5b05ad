import { equalJson } from '@keelson/std';
import { isObject, memberSchema, type StructuralSchema } from '../schema/schema.js';
import { goText } from '../status/go-text.js';
import { ApiError } from '../status/status.js';

type Members = Record<string, unknown>;

const directive = '$patch';
const retain = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/**
 * Strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): lists with keys merge item by item, sets by value,
 * other lists are replaced. Which is which comes from the schema's list types.
 */
export function strategicMergePatch(schema: StructuralSchema | undefined, target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  return mergeMembers(schema, isObject(target) ? target : {}, patch);
}

function mergeMembers(schema: StructuralSchema | undefined, target: Members, patch: Members): Members {
  requireDirective(patch);
  if (patch[directive] === 'replace') return withoutDirectives(patch);
  if (patch[directive] === 'delete') return {};
  const merged: Members = { ...target };
  retainOnly(merged, patch[retain]);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue;
    if (value === null) delete merged[name];
    else merged[name] = mergeMember(memberSchema(schema, name), merged[name], value, patch[`${orderPrefix}${name}`]);
  }
  for (const [name, values] of Object.entries(patch)) {
    if (name.startsWith(deletePrefix)) deleteFromList(merged, name.slice(deletePrefix.length), values);
    if (name.startsWith(orderPrefix)) orderList(schema, merged, name.slice(orderPrefix.length), values);
  }
  return merged;
}

const directives: ReadonlySet<unknown> = new Set([undefined, 'replace', 'delete', 'merge']);

/** 500, as kube-apiserver has it. */
function requireDirective(patch: Members): void {
  const given = patch[directive];
  if (!directives.has(given))
    throw new ApiError(500, undefined, `unknown patch type: ${goText(given)} in map: ${goText(patch)}`);
}

function withoutDirectives(patch: Members): Members {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')));
}

function retainOnly(merged: Members, keys: unknown): void {
  if (!Array.isArray(keys)) return;
  for (const name of Object.keys(merged)) if (!keys.includes(name)) delete merged[name];
}

function mergeMember(schema: StructuralSchema | undefined, target: unknown, value: unknown, order: unknown): unknown {
  if (isObject(value)) return mergeMembers(schema, isObject(target) ? target : {}, value);
  if (!Array.isArray(value)) return value;
  const key = mergeKey(schema, value);
  if (key !== undefined) return mergeKeyedList(schema, key, Array.isArray(target) ? target : [], value);
  if (schema?.['x-kubernetes-list-type'] === 'set' && (Array.isArray(target) || order !== undefined)) {
    const present: unknown[] = Array.isArray(target) ? target : [];
    return [...present, ...value.filter((item) => !present.some((other) => equalJson(other, item)))];
  }
  return value;
}

/** Strategic merge knows one key per list: the first of the schema's keys (containerPort, mountPath, name, type, …). */
function mergeKey(schema: StructuralSchema | undefined, items: readonly unknown[]): string | undefined {
  if (schema?.['x-kubernetes-list-type'] !== 'map') return undefined;
  const key = schema['x-kubernetes-list-map-keys']?.[0];
  return key !== undefined && items.every((item) => isObject(item)) ? key : undefined;
}

function mergeKeyedList(
  schema: StructuralSchema | undefined,
  key: string,
  target: readonly unknown[],
  patch: readonly unknown[],
): unknown[] {
  const items = patch.filter(isObject);
  if (items.some((item) => item[directive] === 'replace' && item[key] === undefined)) {
    return items.filter((item) => item[directive] === undefined).map(withoutDirectives);
  }
  let merged = [...target];
  for (const item of items) {
    if (item[key] === undefined)
      throw new ApiError(500, undefined, `map: ${goText(item)} does not contain declared merge key: ${key}`);
    const at = merged.findIndex((other) => isObject(other) && other[key] === item[key]);
    if (item[directive] === 'delete') merged = merged.filter((other) => !isObject(other) || other[key] !== item[key]);
    else if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeMembers(schema?.items, merged[at] as Members, item);
  }
  return placed(
    merged,
    items.map((item) => item[key]),
    target,
    key,
  );
}

/**
 * Puts what the patch names in the patch's order, and what it does not name before the first of those that it preceded:
 * items that are new come first (normalizeElementOrder of strategicpatch).
 */
function placed(
  merged: readonly unknown[],
  named: readonly unknown[],
  target: readonly unknown[],
  key: string,
): unknown[] {
  const id = (item: unknown): unknown => (isObject(item) ? item[key] : item);
  const place = (item: unknown): number => target.findIndex((other) => id(other) === id(item));
  const others = merged.filter((item) => !named.includes(id(item)));
  const patched = named.flatMap((name) => merged.filter((item) => id(item) === name));
  const result: unknown[] = [];
  for (const item of patched) {
    while (others.length > 0 && place(item) >= 0 && place(others[0]) < place(item)) result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

function deleteFromList(merged: Members, name: string, values: unknown): void {
  const list = merged[name];
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  merged[name] = list.filter((item) => !values.some((value) => equalJson(value, item)));
}

/** Puts the items named in the order list into that order; others keep their places behind what they followed. */
function orderList(schema: StructuralSchema | undefined, merged: Members, name: string, order: unknown): void {
  const list = merged[name];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const key = mergeKey(memberSchema(schema, name), list);
  const id = (item: unknown): string => JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(id);
  const ordered = wanted.flatMap((one) => list.filter((item) => id(item) === one));
  const result: unknown[] = [];
  let next = 0;
  for (const item of list as unknown[]) {
    if (!wanted.includes(id(item))) result.push(item);
    else result.push(ordered[next++]);
  }
  merged[name] = result;
}
