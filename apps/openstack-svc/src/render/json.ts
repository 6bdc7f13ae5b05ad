/** Documents whose form is not known, such as raw values. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for maps: neither null nor a list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of member names, or undefined when any is missing on the way. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  return value;
}
