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
  let value: unknown = object;
  for (const name of names) {
    if (value === undefined || value === null) return [];
    if (!isObject(value)) {
      const detail = `${path} accessor error: ${asText(value)} is of the type ${typeName(value)}, expected map[string]interface{}`;
      return [fieldInvalid(path, 0, detail)];
    }
    value = value[name];
  }
  if (value === undefined || value === null) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const detail = `${path} accessor error: ${asText(value)} is of the type ${typeName(value)}, expected int64`;
    return [fieldInvalid(path, 0, detail)];
  }
  if (value < 0) return [fieldInvalid(path, value, 'should be a non-negative integer')];
  return value > most ? [fieldInvalid(path, value, `should be less than or equal to ${most}`)] : [];
}

function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
