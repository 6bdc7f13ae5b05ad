/**
 * Finds members that stand twice in one object of a JSON text, which JSON.parse passes over: of two the last counts, and
 * who wanted to know is told of it.
 */

const known = new WeakMap<object, readonly string[]>();

/** The value read from a text, with what was found in it remembered. */
export function withDuplicates(value: unknown, text: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const found = duplicates(text);
  if (found.length > 0) known.set(value, found);
  return value;
}

/** Paths of members that stand twice in the text this value was read from, as `data.k`. */
export function duplicatesOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? (known.get(value) ?? []) : [];
}

/** A list or an object that is being read. */
interface Level {
  readonly path: string;
  /** Names so far; undefined in a list. */
  readonly names: Set<string> | undefined;
  /** Name of the member, or place of the item, that is being read. */
  at: string;
  index: number;
}

const tokens = /"(?:[^"\\]|\\.)*"\s*(:?)|[{}[\],]/g;

function duplicates(text: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  for (const { 0: token, 1: colon } of text.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') levels.push(below(level, token === '{'));
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',') advance(level);
    else if (colon === ':' && level?.names !== undefined) meet(level, level.names, token, found);
  }
  return found;
}

function below(level: Level | undefined, isObject: boolean): Level {
  const path = level === undefined ? '' : pathAt(level);
  return { path, names: isObject ? new Set() : undefined, at: '', index: 0 };
}

function pathAt({ path, names, at, index }: Level): string {
  if (names === undefined) return `${path}[${index}]`;
  return path === '' ? at : `${path}.${at}`;
}

function advance(level: Level | undefined): void {
  if (level !== undefined && level.names === undefined) level.index += 1;
}

function meet(level: Level, names: Set<string>, token: string, found: string[]): void {
  level.at = JSON.parse(token.replace(/\s*:$/, '')) as string;
  if (names.has(level.at)) found.push(pathAt(level));
  names.add(level.at);
}
