/** metav1.Status, the body of every error and of most deletions. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** Thrown anywhere on the way of a request; the transport answers with its Status. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

/** What messages call a resource: `plural.group`, or the plural alone in the core group. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

export function qualified(resource: ResourceName): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function about(resource: ResourceName, name: string): StatusDetails {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message);
export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');
export const internal = (message: string): ApiError =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`);
export const methodNotAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const unknownResource = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
export const notFound = (resource: ResourceName, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name));
export const alreadyExists = (resource: ResourceName, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, about(resource, name));
export const forbidden = (resource: ResourceName, name: string, why: string): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    about(resource, name),
  );
export const tooManyRequests = (message: string, retryAfterSeconds: number): ApiError =>
  new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds });
export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message);

/** 504 for a resourceVersion that is not there yet. */
export function unknownRevision(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function modified(resource: ResourceName, name: string): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resource, name, why);
}

/** 409 about an object that cannot be written as it is. */
export function conflict(resource: ResourceName, name: string, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    about(resource, name),
  );
}

/** 409 about an object whose identity or version is not the one that was demanded; it names the kind, not the resource. */
export function preconditionFailed(resource: ResourceName, kind: string, name: string, why: string): ApiError {
  const qualifiedKind = qualified({ group: resource.group, plural: kind });
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedKind} "${name}": ${why}`, {
    ...about(resource, name),
    kind,
  });
}

/** One thing wrong with one field. `reason` is a metav1.CauseType; `detail` the text behind the field. */
export interface FieldError {
  readonly reason: string;
  readonly field: string;
  readonly detail: string;
}

/** 422 with a cause for each field, in the words of k8s.io/apimachinery's NewInvalid. */
export function invalid(kind: { group: string; kind: string }, name: string, errors: readonly FieldError[]): ApiError {
  const qualifiedKind = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = errors.map((error) => `${error.field}: ${error.detail}`);
  const distinct = [...new Set(texts)];
  const list = distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map((error) => ({ reason: error.reason, message: error.detail, field: error.field })),
  });
}

/** As Go prints it: what is more than a text has the characters of HTML escaped. */
const shown = (value: unknown): string => {
  const text = JSON.stringify(value ?? null);
  return typeof value === 'object' ? text.replace(/[<>&]/g, escaped) : text;
};
const escaped = (character: string): string => `\\u00${character.charCodeAt(0).toString(16)}`;

/**
 * A value as the internal types of kube-apiserver print it: their members have no JSON names, so that `apiGroup` stands as
 * `APIGroup`.
 */
export function internally(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(internally);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/^api(?=[A-Z])/, 'API').replace(/^./, (letter) => letter.toUpperCase()),
      internally(member),
    ]),
  );
}

export const fieldInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  detail: `Invalid value: ${shown(value)}: ${detail}`,
});
export const fieldRequired = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  detail: detail === '' ? 'Required value' : `Required value: ${detail}`,
});
export const fieldForbidden = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  detail: `Forbidden: ${detail}`,
});
export const fieldDuplicate = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  detail: `Duplicate value: ${shown(value)}`,
});
export const fieldTooLong = (field: string, maxBytes: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  detail: `Too long: may not be more than ${maxBytes} bytes`,
});
export const fieldTooMany = (field: string, count: number, most: number): FieldError => ({
  reason: 'FieldValueTooMany',
  field,
  detail: `Too many: ${count}: must have at most ${most} items`,
});
export const fieldUnsupported = (field: string, value: unknown, supported: readonly unknown[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  detail: `Unsupported value: ${shown(value)}: supported values: ${supported.map(shown).join(', ')}`,
});
/** Rules see values of the right shape only: stands beside faults that keep them from running. */
export const rulesNotChecked: FieldError = fieldInvalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);
/** The type is wrong: Kubernetes prints the type it found where the value would stand. */
export const fieldTypeInvalid = (field: string, found: string, wanted: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  detail: `Invalid value: "${found}": ${field} in body must be of type ${wanted}: "${found}"`,
});

/** A value whose text is not of the format that its schema names: counted among wrong types. */
export const fieldFormatInvalid = (field: string, value: string, format: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  detail: `Invalid value: ${shown(value)}: ${field} in body must be of type ${format}: ${shown(value)}`,
});
