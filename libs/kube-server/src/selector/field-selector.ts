import type { KindDescriptor } from '../kinds/descriptor.js';
import { badRequest } from '../status/status.js';
import type { Stored } from '../storage/stored.js';

export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All must hold. */
export type FieldSelector = readonly FieldTerm[];

/**
 * Reads the text form of a field selector: terms with =, == or !=, separated by commas; a backslash escapes.
 *
 * @throws ApiError 400
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const parts = /^((?:\\.|[^=!\\])*)(==|!=|=)((?:\\.|[^\\])*)$/.exec(term);
      if (parts === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', operator, value = ''] = parts;
      return { field, operator: operator === '!=' ? '!=' : '=', value: value.replace(/\\([\\,=])/g, '$1') };
    });
}

function splitTerms(text: string): string[] {
  const terms = [''];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '\\') {
      terms[terms.length - 1] += character + (text[++i] ?? '');
    } else if (character === ',') {
      terms.push('');
    } else {
      terms[terms.length - 1] += character;
    }
  }
  return terms;
}

type Selectable = Pick<KindDescriptor, 'selectableFields' | 'namespaced' | 'custom'>;

/**
 * A test for objects, from a selector and the fields a kind can be selected by.
 *
 * @throws ApiError 400 when a field is none of them
 */
export function fieldTest(selector: FieldSelector, kind: Selectable): (object: Stored) => boolean {
  const { selectableFields: fields, namespaced } = kind;
  const readers = selector.map(({ field, operator, value }) => {
    const read = fields[field] ?? metadataField(field, namespaced);
    if (read === undefined) throw unknownField(field, kind);
    return (object: Stored) => (read(object) === value) === (operator === '=');
  });
  return (object) => readers.every((holds) => holds(object));
}

/** Kinds of Kubernetes that have no fields of their own are of another voice than the rest. */
function unknownField(field: string, { selectableFields, namespaced, custom }: Selectable): Error {
  if (custom || Object.keys(selectableFields).length > 0) return badRequest(`field label not supported: ${field}`);
  const known = ['metadata.name', ...(namespaced ? ['metadata.namespace'] : [])];
  return badRequest(
    `${JSON.stringify(field)} is not a known field selector: only ${known.map((name) => JSON.stringify(name)).join(', ')}`,
  );
}

function metadataField(field: string, namespaced: boolean): ((object: Stored) => string) | undefined {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace' && namespaced) return (object) => object.metadata.namespace ?? '';
  return undefined;
}

/** The one name that a selector demands, if it does: such a list is authorised as if the name stood in the path. */
export function requiredName(selector: FieldSelector): string | undefined {
  return selector.find((term) => term.field === 'metadata.name' && term.operator === '=')?.value;
}
