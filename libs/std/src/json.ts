import { createHash } from 'node:crypto';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON text with object keys in byte order and undefined members left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** SHA-256 of the canonical JSON of `value`, in lower-case hex. */
export function sha256Json(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** True when both have the same canonical JSON; undefined members count as absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  let present = 0;
  for (const key of keys) {
    if (!equalJson(left[key], right[key])) return false;
    if (left[key] !== undefined) present += 1;
  }
  const others = Object.keys(right);
  // All of the left are in the right: as many members are the same members.
  if (present === others.length) return true;
  return others.every((key) => right[key] === undefined || left[key] !== undefined);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const from = value as Record<string, unknown>;
  const to: Record<string, unknown> = {};
  for (const key of Object.keys(from).sort()) if (from[key] !== undefined) to[key] = sorted(from[key]);
  return to;
}
