import type { ScalePaths } from '../kinds/descriptor.js';
import { asText, isObject } from '../schema/schema.js';
import { type FieldError, fieldInvalid } from '../status/status.js';
import type { Draft } from '../storage/stored.js';

const most = 2_147_483_647;

/** What is wrong with the numbers of replicas that the scale of an object would show. */
export function sizeErrors({ specReplicasPath, statusReplicasPath }: ScalePaths, object: Draft): FieldError[] {
  return [...errorsAt(specReplicasPath, object), ...errorsAt(statusReplicasPath, object)];
}

function errorsAt(path: string, object: Draft): FieldError[] {
  const names = path.replace(/^\./, '').split('.');
  const value = names.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), object);
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const type = typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : typeof value;
    return [fieldInvalid(path, 0, `${path} accessor error: ${asText(value)} is of the type ${type}, expected int64`)];
  }
  if (value < 0) return [fieldInvalid(path, value, 'should be a non-negative integer')];
  return value > most ? [fieldInvalid(path, value, `should be less than or equal to ${most}`)] : [];
}
