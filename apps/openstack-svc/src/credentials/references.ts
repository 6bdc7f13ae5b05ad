import { secretKeyOf } from '@keelson/api';
import type { SecretKeyRef } from '../cloud/cloud.js';

/** Every `value_from` of a spec, each once, in the order of their names. */
export function referencesIn(spec: unknown): readonly SecretKeyRef[] {
  const found = new Map<string, SecretKeyRef>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const reference = secretKeyOf(value);
    if (reference !== undefined) found.set(`${reference.name}/${reference.key}`, reference);
    else Object.values(value).forEach(look);
  };
  look(spec);
  return [...found.keys()].sort().flatMap((id) => found.get(id) ?? []);
}
