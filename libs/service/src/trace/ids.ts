import { randomBytes } from 'node:crypto';
import type { SpanIds } from './spans.js';

let given: SpanIds | undefined;
let isInstalled = false;

/** Ids for the SDK: those that are given for the span just made, else random ones. */
export function spanIdGenerator(): { generateTraceId(): string; generateSpanId(): string } {
  isInstalled = true;
  return {
    generateTraceId: () => given?.traceId ?? randomBytes(16).toString('hex'),
    generateSpanId: () => given?.spanId ?? randomBytes(8).toString('hex'),
  };
}

/** Whether this process makes spans at all, and with the ids they are given. */
export function takesIds(): boolean {
  return isInstalled;
}

/** The process makes no more spans. */
export function forgetIds(): void {
  isInstalled = false;
}

/** Makes one span with these ids. */
export function withIds<A>(ids: SpanIds, make: () => A): A {
  given = ids;
  try {
    return make();
  } finally {
    given = undefined;
  }
}
