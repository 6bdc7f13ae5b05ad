import {
  ApiError,
  badRequest,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldUnsupported,
  invalid,
} from '../status/status.js';

/** Query parameters; of repeated ones the first. */
export type Query = Readonly<Record<string, string | undefined>>;

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly manager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions' | 'ListOptions';

const meta = 'meta.k8s.io';

/** Options of a write. Without a fieldManager the manager is the user agent up to the first slash. */
export function writeOptions(
  kind: OptionsKind,
  query: Query,
  userAgent: string | undefined,
  patchType?: 'apply' | 'other',
): WriteOptions {
  const errors: FieldError[] = [];
  const { fieldManager = '', fieldValidation = '' } = query;
  if (query.dryRun !== undefined && query.dryRun !== '' && query.dryRun !== 'All')
    errors.push(fieldUnsupported('dryRun', [query.dryRun], ['All']));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(fieldUnsupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  errors.push(...managerErrors(fieldManager));
  if (patchType === 'apply' && fieldManager === '')
    errors.push(fieldRequired('fieldManager', 'is required for apply patch'));
  if (patchType === 'other' && query.force !== undefined)
    errors.push(fieldForbidden('force', 'may not be specified for non-apply patch'));
  if (errors.length > 0) throw invalid({ group: meta, kind }, '', errors);
  return {
    dryRun: query.dryRun === 'All',
    manager: managerOf({ query, userAgent }),
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    force: isTrue(query.force),
  };
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (manager.length > 128)
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      detail: 'Too long: may not be more than 128 bytes',
    });
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(manager))
    errors.push(fieldInvalid('fieldManager', manager, 'should only contain printable characters'));
  return errors;
}

/** Who writes, for managedFields. */
export function managerOf({ query, userAgent }: { query: Query; userAgent: string | undefined }): string {
  const { fieldManager = '' } = query;
  if (fieldManager !== '') return fieldManager;
  const name = (userAgent ?? '').split('/')[0] ?? '';
  return name === '' ? 'unknown' : name.slice(0, 128);
}

/** `true` and `1` are true, as Go's strconv reads them. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['true', '1', 't', 'T', 'TRUE', 'True', ''].includes(value);
}

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** Options of a deletion from the body; where there is one the query counts for nothing. */
export function deleteOptions(query: Query, body: unknown): DeleteOptions {
  const hasBody = typeof body === 'object' && body !== null && Object.keys(body).length > 0;
  const from = hasBody ? (body as Record<string, unknown>) : optionsOf(query);
  const dryRun = Array.isArray(from.dryRun) ? from.dryRun.map(String) : [];
  const policy = optionalText(from.propagationPolicy);
  const errors: FieldError[] = [];
  if (dryRun.some((value) => value !== 'All')) errors.push(fieldUnsupported('dryRun', dryRun, ['All']));
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy)) {
    errors.push(fieldUnsupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  if (from.orphanDependents !== undefined && policy !== undefined)
    errors.push(
      fieldInvalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    );
  if (errors.length > 0) throw invalid({ group: meta, kind: 'DeleteOptions' }, '', errors);
  const preconditions =
    typeof from.preconditions === 'object' && from.preconditions !== null
      ? (from.preconditions as Record<string, unknown>)
      : {};
  const orphan = from.orphanDependents === true ? 'Orphan' : from.orphanDependents === false ? 'Background' : undefined;
  return {
    dryRun: dryRun.length > 0,
    propagation: (policy as Propagation | undefined) ?? orphan,
    gracePeriodSeconds: wholeNumber(from.gracePeriodSeconds, 'gracePeriodSeconds'),
    uid: optionalText(preconditions.uid),
    resourceVersion: optionalText(preconditions.resourceVersion),
  };
}

/** The query of a deletion in the shape of a body. */
function optionsOf({
  dryRun,
  propagationPolicy,
  gracePeriodSeconds,
  orphanDependents,
}: Query): Record<string, unknown> {
  return {
    ...(dryRun === undefined ? {} : { dryRun: [dryRun] }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents: isTrue(orphanDependents) }),
  };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A whole number of a query or a body; undefined when there is none. */
export function wholeNumber(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  if (typeof value === 'string') throw badRequest(notParsed('ParseInt', value));
  throw badRequest(`${name} must be a whole number, was ${JSON.stringify(value)}`);
}

/** What Go's strconv says of a text that is no number. */
function notParsed(parser: 'ParseInt' | 'ParseUint', text: string): string {
  return `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`;
}

export interface ListOptions {
  readonly limit: number;
  readonly continueToken: string | undefined;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** undefined and 0: the latest. */
  readonly resourceVersion: number | undefined;
  readonly match: 'Exact' | 'NotOlderThan' | undefined;
}

/** Options of a list. */
export function listOptions(query: Query): ListOptions {
  const match = query.resourceVersionMatch === '' ? undefined : query.resourceVersionMatch;
  const errors: FieldError[] = [];
  const version = query.resourceVersion ?? '';
  const initial = query.sendInitialEvents !== undefined;
  const limit = wholeNumber(query.limit, 'limit') ?? 0;
  if (initial) errors.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (match !== undefined) {
    if (version === '')
      errors.push(
        fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (query.continue)
      errors.push(
        fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
      );
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(fieldUnsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && version === '0')
      errors.push(
        fieldForbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
  }
  if (errors.length > 0) throw invalid({ group: meta, kind: 'ListOptions' }, '', errors);
  if (query.continue && version !== '' && version !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  return {
    limit: Math.max(0, limit),
    continueToken: query.continue === undefined || query.continue === '' ? undefined : query.continue,
    labelSelector: query.labelSelector ?? '',
    fieldSelector: query.fieldSelector ?? '',
    resourceVersion: version === '' || version === '0' ? undefined : revisionOf(version),
    match: match as ListOptions['match'],
  };
}

/** A resourceVersion as a number. */
export function revisionOf(version: string): number {
  if (!/^\d{1,15}$/.test(version)) throw badRequest(`invalid resource version: ${noVersion(version)}`);
  return Number(version);
}

/** What a watch and the read of one object say to a version that is none: a Status without a reason. */
export function watchRevisionOf(version: string): number {
  if (!/^\d{1,15}$/.test(version)) throw new ApiError(500, undefined, noVersion(version));
  return Number(version);
}

function noVersion(version: string): string {
  return `resourceVersion: Invalid value: ${JSON.stringify(version)}: ${notParsed('ParseUint', version)}`;
}

/** 500 about a version that a write carries and that is none. */
export function requireVersionNumber(version: unknown): void {
  if (typeof version !== 'string' || /^\d*$/.test(version)) return;
  throw new ApiError(500, undefined, notParsed('ParseUint', version));
}
