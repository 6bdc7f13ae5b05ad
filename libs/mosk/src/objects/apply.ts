import type { KubeObject } from '@keelson/api';
import type { Writer } from '@keelson/reconcile';
import type { Applied } from './applied.js';
import { kindOf } from './kinds.js';

/** Objects written at once. */
const atOnce = 8;

/** Applies objects, a few at a time, and remembers what the server answered. Of those at once all are tried; then the first failure is told. */
export async function applyObjects(objects: readonly KubeObject[], writer: Writer, applied: Applied): Promise<void> {
  for (let i = 0; i < objects.length; i += atOnce) await applyAll(objects.slice(i, i + atOnce), writer, applied);
}

async function applyAll(objects: readonly KubeObject[], writer: Writer, applied: Applied): Promise<void> {
  const results = await Promise.allSettled(
    objects.map(async (object) => applied.answered(await writer.apply(kindOf(object), object, { force: true }))),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
