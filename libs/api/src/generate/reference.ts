import { apiVersionOf, type KindDeclaration } from '../kind.js';
import { schemaOf } from './crd.js';
import type { StructuralSchema } from './structural.js';

/** The reference page of a kind. `example` is a manifest of it, if there is one. */
export function referencePage(kind: KindDeclaration, example: string | undefined): string {
  return [
    `# ${kind.kind}`,
    kind.description,
    facts(kind),
    section('Columns', kind.columns.length > 0 && columns(kind)),
    section('Fields', fields(kind)),
    section('Rules', kind.rules.length > 0 && kind.rules.map((rule) => `- ${rule.message}`).join('\n')),
    section('Notes', kind.notes.length > 0 && kind.notes.map((note) => `- ${note}`).join('\n')),
    section('Example', example !== undefined && `\`\`\`yaml\n${example.trim()}\n\`\`\``),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** The index of all pages. */
export function referenceIndex(kinds: readonly KindDeclaration[]): string {
  const groups = [...new Set(kinds.map((kind) => apiVersionOf(kind)))];
  const tables = groups.map((group) => {
    const rows = kinds.filter((kind) => apiVersionOf(kind) === group).map(indexRow);
    return `## ${group}\n\n| Kind | Short names | Scope | Status written by | |\n|---|---|---|---|---|\n${rows.join('\n')}`;
  });
  return ['# Reference', 'Every kind of the API. `kubectl explain <kind>` says the same at the prompt.', ...tables]
    .join('\n\n')
    .concat('\n');
}

/** Path of a kind's page below docs/reference. */
export function pagePath(kind: KindDeclaration): string {
  return `${kind.group}/${kind.kind.toLowerCase()}.md`;
}

function indexRow(kind: KindDeclaration): string {
  const sentence = kind.description.split(/(?<=\.) /)[0] ?? '';
  return row([
    `[${kind.kind}](${pagePath(kind)})`,
    kind.shortNames.map(code).join(', '),
    kind.scope,
    kind.hasStatus ? kind.owner : '',
    sentence,
  ]);
}

function facts(kind: KindDeclaration): string {
  const rows = [
    ['apiVersion', code(apiVersionOf(kind))],
    ['Plural, short names', [kind.plural, ...kind.shortNames].map(code).join(', ')],
    ['Scope', kind.scope],
    ['Status subresource', kind.hasStatus ? `yes, written by ${kind.owner}` : 'no'],
  ];
  return `| | |\n|---|---|\n${rows.map(row).join('\n')}`;
}

function columns(kind: KindDeclaration): string {
  const rows = kind.columns.map((column) =>
    row([column.name, code(column.jsonPath), (column.priority ?? 0) > 0 ? 'wide' : 'always', column.description ?? '']),
  );
  return `| Column | From | Shown | |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function fields(kind: KindDeclaration): string {
  const { properties, required } = schemaOf(kind);
  const own = Object.entries(properties ?? {}).filter(([name]) => !['apiVersion', 'kind', 'metadata'].includes(name));
  const rows = own.flatMap(([name, schema]) => fieldRows(name, schema, required?.includes(name) ?? false));
  return `| Field | Type | | |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function fieldRows(path: string, schema: StructuralSchema, required: boolean): string[] {
  const below = schema.items ?? schema.additionalProperties;
  const suffix = schema.items === undefined ? '.<key>' : '[]';
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    fieldRows(`${path}.${name}`, child, schema.required?.includes(name) ?? false),
  );
  const inner = below === undefined ? [] : innerRows(`${path}${suffix}`, below);
  return [
    row([code(path), typeOf(schema), constraints(schema, required), schema.description ?? '']),
    ...children,
    ...inner,
  ];
}

/** Rows of the members of list items and map values; the items themselves are told by the type of the list. */
function innerRows(path: string, schema: StructuralSchema): string[] {
  const below = schema.items ?? schema.additionalProperties;
  if (below !== undefined) return innerRows(`${path}${schema.items === undefined ? '.<key>' : '[]'}`, below);
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    fieldRows(`${path}.${name}`, child, schema.required?.includes(name) ?? false),
  );
}

function typeOf(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type === 'string' && schema.format === 'date-time' ? 'time' : (schema.type ?? 'anything');
}

function constraints(schema: StructuralSchema, required: boolean): string {
  const bounds = [
    schema.minimum === undefined ? '' : `≥ ${schema.minimum}`,
    schema.maximum === undefined ? '' : `≤ ${schema.maximum}`,
  ];
  const parts = [
    required ? 'required' : '',
    schema.enum === undefined ? '' : schema.enum.map((value) => code(value === '' ? '""' : String(value))).join(' '),
    schema.default === undefined ? '' : `default ${code(JSON.stringify(schema.default))}`,
    ...bounds,
    schema['x-kubernetes-preserve-unknown-fields'] ? 'other fields kept' : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function section(title: string, body: string | false): string {
  return body === false ? '' : `## ${title}\n\n${body}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
