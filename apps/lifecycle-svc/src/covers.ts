import { equalJson } from '@keelson/std';

/**
 * True when `actual` holds all that `desired` says; members it has beside that (defaults, other writers' fields) do not
 * count, lists count whole. Tells whether an apply would change anything.
 */
export function covers(actual: unknown, desired: unknown): boolean {
  if (desired === undefined) return true;
  if (typeof desired !== 'object' || desired === null || Array.isArray(desired)) return equalJson(actual, desired);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false;
  return Object.entries(desired).every(([name, value]) => covers(Reflect.get(actual, name), value));
}
