import { isObject } from '../schema/schema.js';

/** Readers of stored objects for printers: what is absent or of another type is empty. */

export function objectAt(value: unknown, ...path: readonly string[]): Record<string, unknown> {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return found === undefined || found === null || typeof found === 'object'
    ? ''
    : String(found as string | number | boolean);
}

export function numberAt(value: unknown, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : 0;
}

function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = isObject(found) ? found[name] : undefined;
  return found;
}

export const orNone = (text: string): string => (text === '' ? '<none>' : text);
export const orUnset = (text: string): string => (text === '' ? '<unset>' : text);

/** The status of a condition by its type; empty when it is not there. */
export function conditionAt(object: unknown, type: string): string {
  const found = listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type') === type);
  return textAt(found, 'status');
}

/** A label selector as `a=b,c in (d,e)`. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries(objectAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = listAt(selector, 'matchExpressions').map((expression) => {
    const [key, operator] = [textAt(expression, 'key'), textAt(expression, 'operator')];
    const values = listAt(expression, 'values').join(',');
    switch (operator) {
      case 'In':
        return `${key} in (${values})`;
      case 'NotIn':
        return `${key} notin (${values})`;
      case 'Exists':
        return key;
      default:
        return `!${key}`;
    }
  });
  return orNone([...labels.sort(), ...expressions].join(','));
}

/** Labels as `a=b,c=d`. */
export function mapText(map: Record<string, unknown>): string {
  return orNone(
    Object.entries(map)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(','),
  );
}

/** A member of every container of a pod template, joined by commas. */
export function containersText(spec: Record<string, unknown>, member: 'name' | 'image'): string {
  return listAt(spec, 'template', 'spec', 'containers')
    .map((container) => textAt(container, member))
    .join(',');
}
