import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import type { StructuralSchema } from './schema.js';

/** What is wrong with how a list or map says it is merged. */
export function listErrors(schema: StructuralSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (mapType !== undefined && schema.type !== 'object')
    errors.push(wrongType(schema, path, 'must be object if x-kubernetes-map-type is specified'));
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType))
    errors.push(fieldUnsupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  if (listType !== undefined && schema.type !== 'array')
    errors.push(wrongType(schema, path, 'must be array if x-kubernetes-list-type is specified'));
  else if (listType === 'set') errors.push(...setItemErrors(schema, path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(fieldUnsupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(
      listType === undefined
        ? fieldRequired(`${path}.x-kubernetes-list-type`, detail)
        : fieldInvalid(`${path}.x-kubernetes-list-type`, listType, detail),
    );
  }
  if (listType === 'map') errors.push(...mapErrors(schema, keys, path));
  if (listType === 'map' || listType === 'set') errors.push(...nullErrors(schema, listType, keys, path));
  return errors;
}

/** Items of a set are compared whole, so that they may not be merged. */
function setItemErrors({ items }: StructuralSchema, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [fieldInvalid(`${path}.items.x-kubernetes-list-type`, listType, detail)];
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    return [fieldInvalid(`${path}.items.x-kubernetes-map-type`, listType ?? null, detail)];
  return [];
}

function mapErrors({ items }: StructuralSchema, keys: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(fieldRequired(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    errors.push(fieldRequired(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    return errors;
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(fieldInvalid(`${path}.items.type`, items.type ?? '', detail));
    return errors;
  }
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (property === undefined) errors.push(fieldInvalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(fieldInvalid(`${path}.items.properties[${key}].type`, items.type, detail));
    }
    if (keys.indexOf(key) < i) errors.push(fieldInvalid(at, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

function nullErrors(
  { items }: StructuralSchema,
  listType: 'map' | 'set',
  keys: readonly string[],
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (items?.nullable === true)
    errors.push(
      fieldForbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === 'set') return errors;
  for (const key of keys) {
    const property = items?.properties?.[key];
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    const since = 'this property is in x-kubernetes-list-map-keys, so it';
    if (items?.required?.includes(key) !== true && property.default === undefined)
      errors.push(fieldRequired(`${at}.default`, `${since} must have a default or be a required property`));
    if (property.nullable === true) errors.push(fieldForbidden(`${at}.nullable`, `${since} cannot be nullable`));
  }
  return errors;
}

/** The type is another than the extension needs, or is not given. */
export function wrongType(schema: StructuralSchema, path: string, detail: string): FieldError {
  return schema.type === undefined
    ? fieldRequired(`${path}.type`, detail)
    : fieldInvalid(`${path}.type`, schema.type, detail);
}
