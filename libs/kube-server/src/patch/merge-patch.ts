import { isObject } from '../schema/schema.js';

/** JSON merge patch (RFC 7386). Parts the patch does not touch, or sets to what they are, are shared with the target. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const base = isObject(target) ? target : {};
  let merged: Record<string, unknown> | undefined = base === target ? undefined : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) {
      if (name in (merged ?? base)) {
        merged ??= { ...base };
        delete merged[name];
      }
      continue;
    }
    const next = mergePatch(base[name], value);
    if (next !== base[name]) (merged ??= { ...base })[name] = next;
  }
  return merged ?? base;
}
