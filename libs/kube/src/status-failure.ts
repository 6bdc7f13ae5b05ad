import { conflict, type Failure, type FailureOptions, notFound, terminal, transient } from '@keelson/std';

/** What an API server answers instead of an object: metav1.Status, as far as Keelson reads it. */
export interface StatusAnswer {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

export interface RefusedAnswer {
  /** What we were doing, such as `get LCMMachine demo/m1`. */
  readonly what: string;
  /** HTTP status code. */
  readonly code: number;
  /** Absent when the body was no Status. */
  readonly status?: StatusAnswer | undefined;
  /** The body, when it was no Status. */
  readonly text?: string;
  /** From the Retry-After header. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Sorts an answer of 400 and above. The message is the server's own wherever it says what was wrong with what; the
 * reason is the Status's, or a cause's where that tells more: `AlreadyExists`, `FieldManagerConflict`, `Expired`,
 * `DisruptionBudget`, `TooManyRequests`, `Unauthorized`, `Forbidden`, `Invalid`, `UnknownKind`.
 */
export function failureOf(answer: RefusedAnswer): Failure {
  const { code, status } = answer;
  const message = messageFor(answer);
  const retryAfterSeconds = status?.details?.retryAfterSeconds ?? answer.retryAfterSeconds;
  const options = (reason: string): FailureOptions => ({
    reason,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
  if (code === 404) return namesObject(status) ? notFound(message) : terminal(message, options('UnknownKind'));
  if (code === 409) return conflict(message, options(conflictReason(status)));
  if (code === 410) return transient(message, options('Expired'));
  if (code === 429)
    return hasCause(status, 'DisruptionBudget')
      ? transient(withCauses(message, status), options('DisruptionBudget'))
      : transient(message, options('TooManyRequests'));
  if (isTypeMismatch(answer)) return terminal(message, options('Invalid'));
  if (code >= 500 || code === 408) return transient(message, options(status?.reason ?? 'ServerError'));
  return terminal(message, options(status?.reason ?? reasonOfCode[code] ?? 'Refused'));
}

/**
 * True when a 404 is about an object. When the resource type is unknown the server answers with a Status that names
 * none, or with plain text.
 */
function namesObject(status: StatusAnswer | undefined): boolean {
  return status?.details?.name !== undefined && status.details.name !== '';
}

const reasonOfCode: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
};

/** The server's sentence where it names what it speaks of, else with what we were doing before it. */
function messageFor({ what, code, status, text }: RefusedAnswer): string {
  const message = status?.message ?? '';
  if (message === '')
    return `${what}: the API server answered ${code}${text === undefined || text === '' ? '' : `: ${text.trim().slice(0, 200)}`}`;
  const saysOfWhat = code !== 401 && code < 500 && (code !== 404 || namesObject(status));
  return saysOfWhat ? message : `${what}: ${message}`;
}

function conflictReason(status: StatusAnswer | undefined): string {
  if (status?.reason === 'AlreadyExists') return 'AlreadyExists';
  return hasCause(status, 'FieldManagerConflict') ? 'FieldManagerConflict' : 'Conflict';
}

/** Which budget forbids an eviction stands in the causes alone. */
function withCauses(message: string, status: StatusAnswer | undefined): string {
  const causes = (status?.details?.causes ?? []).flatMap((cause) =>
    cause.message === undefined ? [] : [cause.message],
  );
  return [message, ...causes].join(' ');
}

function hasCause(status: StatusAnswer | undefined, reason: string): boolean {
  return status?.details?.causes?.some((cause) => cause.reason === reason) ?? false;
}

/**
 * A server-side apply with a field that the schema does not know is answered 500 without a reason (observed on a 1.33
 * server), and yet no repetition will help.
 */
function isTypeMismatch({ code, status }: RefusedAnswer): boolean {
  return code === 500 && (status?.message ?? '').startsWith('failed to create typed patch object');
}
