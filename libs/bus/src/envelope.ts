import { Failure, type FailureSort, isFailure, messageOf, terminal } from '@keelson/std';
import type { z } from 'zod';

/**
 * The JSON text of a payload, checked against its schema.
 *
 * @throws Failure terminal, reason `BadPayload`, naming what is wrong (never the values)
 */
export function encodePayload<P>(schema: z.ZodType<P>, payload: P, subject: string): string {
  return JSON.stringify(checked(schema, payload, subject));
}

/**
 * The payload of a message. Members that the schema does not know are left out, so that a newer sender is understood.
 *
 * @throws Failure terminal, reason `BadPayload`
 */
export function decodePayload<P>(schema: z.ZodType<P>, text: string, subject: string): P {
  return checked(schema, parsed(text, subject), subject);
}

/** A failure as it travels from an answering service to the asking one. */
export interface WireFailure {
  readonly sort: FailureSort;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** What a handler threw, in a form that travels. An error of no sort is a fault of the answering side: worth another try. */
export function wireFailure(error: unknown): WireFailure {
  if (!isFailure(error)) return { sort: 'transient', reason: 'InternalError', message: messageOf(error) };
  const { sort, reason, message, retryAfterSeconds } = error;
  return { sort, reason, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** The failure that the caller sees. */
export function failureOf({ sort, message, ...options }: WireFailure): Failure {
  return new Failure(sort, message, options);
}

function checked<P>(schema: z.ZodType<P>, value: unknown, subject: string): P {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const complaints = result.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'the payload' : path.join('.')}: ${message}`,
  );
  throw terminal(`the payload of ${subject} does not fit its schema: ${complaints.join('; ')}`, {
    reason: 'BadPayload',
  });
}

function parsed(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw terminal(`the payload of ${subject} is not JSON`, { cause, reason: 'BadPayload' });
  }
}
