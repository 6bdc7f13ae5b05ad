/**
 * The four sorts of failure. An error is sorted once, where it arises (in a client); the reconcile kit maps the sort:
 * transient to backoff, terminal to blocked, conflict to a quiet retry, not found to whatever the reader decides.
 */
export type FailureSort = 'transient' | 'terminal' | 'notFound' | 'conflict';

export interface FailureOptions {
  readonly cause?: unknown;
  /** PascalCase noun for conditions and metrics, such as `BMCUnreachable`. */
  readonly reason?: string;
  /** Earliest sensible retry, in seconds, when the other side said so. */
  readonly retryAfterSeconds?: number;
}

/** A failure whose sort is known. The message says what we were doing and to whom; the cause is kept. */
export class Failure extends Error {
  readonly sort: FailureSort;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(sort: FailureSort, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.sort = sort;
    this.reason = options.reason ?? defaultReason[sort];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

const defaultReason: Record<FailureSort, string> = {
  transient: 'TemporaryFailure',
  terminal: 'Refused',
  notFound: 'NotFound',
  conflict: 'Conflict',
};

export const transient = (message: string, options?: FailureOptions): Failure =>
  new Failure('transient', message, options);
export const terminal = (message: string, options?: FailureOptions): Failure =>
  new Failure('terminal', message, options);
export const notFound = (message: string, options?: FailureOptions): Failure =>
  new Failure('notFound', message, options);
export const conflict = (message: string, options?: FailureOptions): Failure =>
  new Failure('conflict', message, options);

/** True when `error` is a Failure of the given sort. */
export function isFailure(error: unknown, sort?: FailureSort): error is Failure {
  return error instanceof Failure && (sort === undefined || error.sort === sort);
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
