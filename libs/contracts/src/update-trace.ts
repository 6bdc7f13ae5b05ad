import { sha256Json } from '@keelson/std';

/**
 * Ids in the trace of an update. Every service computes them from what it knows of the update, so a span is the same whoever
 * tells of it, and however often: a process that was killed leaves no gap and no second tree.
 */

/** The trace of an update, by the uid of its ClusterUpdatePlan; 32 hex digits. */
export function updateTraceId(planUid: string): string {
  return sha256Json(['update', planUid]).slice(0, 32);
}

/** A span of it by its path: none for the whole, then `step/<id>` or `machine/<name>[/<phase>/<when>]`; 16 hex digits. */
export function updateSpanId(traceId: string, path = ''): string {
  return sha256Json([traceId, path]).slice(0, 16);
}
