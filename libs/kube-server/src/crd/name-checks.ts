import { label1035Errors } from '../kinds/names.js';
import { type FieldError, fieldInvalid, fieldRequired } from '../status/status.js';
import type { DefinitionNames } from './definition.js';

/** What is wrong with the names of a definition's kind. */
export function nameErrors(names: DefinitionNames, path: string): FieldError[] {
  return [
    ...(['plural', 'singular', 'kind', 'listKind'] as const)
      .filter((field) => names[field] === '')
      .map((field) => fieldRequired(`${path}.${field}`)),
    ...(['plural', 'singular'] as const).flatMap((field) => wordErrors(names[field], `${path}.${field}`)),
    ...(['kind', 'listKind'] as const).flatMap((field) => kindErrors(names[field], `${path}.${field}`)),
    ...names.shortNames.flatMap((name, i) => wordErrors(name, `${path}.shortNames[${i}]`, true)),
    ...(names.kind !== '' && names.kind === names.listKind
      ? [fieldInvalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same')]
      : []),
    ...names.categories.flatMap((name, i) => wordErrors(name, `${path}.categories[${i}]`, true)),
  ];
}

export function versionNameErrors(name: string, path: string): FieldError[] {
  return wordErrors(name, path, true);
}

function wordErrors(name: string, path: string, evenEmpty = false): FieldError[] {
  const errors = name === '' && !evenEmpty ? [] : label1035Errors(name);
  return errors.length === 0 ? [] : [fieldInvalid(path, name, errors.join(','))];
}

function kindErrors(name: string, path: string): FieldError[] {
  const errors = name === '' ? [] : label1035Errors(name.toLowerCase());
  if (errors.length === 0) return [];
  return [fieldInvalid(path, name, `may have mixed case, but should otherwise match: ${errors.join(',')}`)];
}
