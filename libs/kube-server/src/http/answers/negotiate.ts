import { ApiError } from '../../status/status.js';

export type Format = 'json' | 'yaml';

/** How an answer shall look. */
export interface Accepted {
  readonly format: Format;
  /** A form of the object other than itself. */
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of meta.k8s.io of that form. */
  readonly version?: 'v1' | 'v1beta1';
}

/** One clause of an Accept header. */
export interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const forms: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

/** The clauses of an Accept header, the most wanted first; those of equal weight in their order. */
export function clausesOf(accept: string | undefined): readonly Clause[] {
  if (accept === undefined || accept.trim() === '') return [{ type: '*/*', parameters: {} }];
  const weighted = accept
    .split(',')
    .map(readClause)
    .filter(({ weight }) => weight > 0);
  return weighted.sort((a, b) => b.weight - a.weight);
}

function readClause(text: string): Clause & { readonly weight: number } {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const at = part.indexOf('=');
    if (at > 0) parameters[part.slice(0, at).toLowerCase()] = part.slice(at + 1).replace(/^"(.*)"$/, '$1');
  }
  const weight = Number(parameters.q ?? '1');
  return { type: type.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 1 : weight };
}

const answers = new Map<string, Accepted>();
const maxRemembered = 500;

/**
 * The answer to an Accept header of a request for resources.
 *
 * @param custom built-in kinds are behind a router that looks at the header first, and knows less of it
 * @throws ApiError 406 when nothing that is wanted can be given
 */
export function negotiate(accept: string | undefined, custom = true): Accepted {
  const key = `${custom ? 'custom' : ''} ${accept ?? ''}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  if (!custom) requireProducible(accept);
  const accepted = decide(accept);
  if (answers.size < maxRemembered) answers.set(key, accepted);
  return accepted;
}

/** What go-restful makes of the header: types that are given as they are, or anything at all. */
function requireProducible(accept: string | undefined): void {
  const types = clausesOf(accept).map(({ type }) => type);
  if (types.some((type) => type === '*/*' || served.includes(type))) return;
  const message = `406: Not Acceptable\n\nAvailable representations: ${served.join(', ')}`;
  throw new ApiError(406, 'NotAcceptable', message, {});
}

function decide(accept: string | undefined): Accepted {
  for (const clause of clausesOf(accept)) {
    const accepted = accepts(clause);
    if (accepted !== undefined) return accepted;
  }
  throw notAcceptable();
}

function accepts({ type, parameters }: Clause): Accepted | undefined {
  const format = formatOf(type);
  if (format === undefined) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return { format };
  if (!isForm(as) || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  return { format, as, version: v };
}

function isForm(as: string): as is NonNullable<Accepted['as']> {
  return forms.has(as);
}

/** The format of a media type; undefined: not one of ours. */
export function formatOf(type: string): Format | undefined {
  switch (type) {
    case 'application/json':
    case '*/*':
    case 'application/*':
    case 'text/*':
      return 'json';
    case 'application/yaml':
    case 'application/x-yaml':
    case 'text/yaml':
      return 'yaml';
    default:
      return undefined;
  }
}

const served = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function notAcceptable(): ApiError {
  return new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${served.join(', ')}`);
}

/** 406 of watches, which are streams of JSON. */
export function streamNotAcceptable(): ApiError {
  const streams = served.filter((type) => type !== 'application/yaml').map((type) => `${type};stream=watch`);
  return new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${streams.join(', ')}`);
}

export function unsupportedMediaType(accepted: readonly string[] = served): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}
