import { equalJson } from '@keelson/std';

/**
 * True when `actual` holds all that `desired` says; members it has beside that (defaults, other writers' fields) do not
 * count. Items of lists are compared one by one, for the API adds defaults to them too.
 */
export function covers(actual: unknown, desired: unknown): boolean {
  if (desired === undefined || desired === null) return true;
  if (Array.isArray(desired))
    return (
      Array.isArray(actual) && actual.length === desired.length && desired.every((item, i) => covers(actual[i], item))
    );
  if (typeof desired !== 'object') return equalJson(actual, desired);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return isEmpty(desired);
  return Object.entries(desired).every(([name, value]) => covers(Reflect.get(actual, name), value));
}

/** The API leaves out maps and lists with nothing in them. */
function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
