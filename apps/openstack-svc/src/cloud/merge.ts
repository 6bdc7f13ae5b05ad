import { isRecord, type JsonRecord } from '../render/json.js';

/** How lists meet: `replace`, the later wins; `append`, what the later adds is put behind, each value once. */
export type ListRule = 'replace' | 'append';

/** Merges maps deep, the later over the earlier; neither is changed. `undefined` leaves what was there. */
export function mergeDeep(earlier: JsonRecord, later: JsonRecord, lists: ListRule = 'replace'): JsonRecord {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [name, value] of Object.entries(later)) {
    if (value !== undefined) merged[name] = mergeValue(earlier[name], value, lists);
  }
  return merged;
}

function mergeValue(before: unknown, after: unknown, lists: ListRule): unknown {
  if (isRecord(before) && isRecord(after)) return mergeDeep(before, after, lists);
  if (lists === 'append' && Array.isArray(before) && Array.isArray(after)) return [...new Set([...before, ...after])];
  return after;
}
