import { Duration } from '@marcbachmann/cel-js/evaluator';
import { equalJson } from '@keelson/std';

/** Whether two values of rules are equal. */
export function isEqual(a: unknown, b: unknown): boolean {
  return equalJson(plain(a), plain(b));
}

/** BigInt has no JSON; as text with a mark it can be compared. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date || value instanceof Duration) return `${value.constructor.name} ${value.valueOf()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
