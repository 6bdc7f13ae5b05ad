import { keyText, type KubeObject, type Reference } from '@keelson/api';
import type { StepTable, Writer } from '@keelson/reconcile';
import { terminal } from '@keelson/std';
import { attemptAnnotation } from '../names.js';
import { identityOf, kindOf, renderedKinds } from '../objects/kinds.js';
import type { Applied } from './applied.js';

export type RolloutStep =
  | { readonly type: 'apply'; readonly service: string; readonly objects: readonly KubeObject[] }
  | { readonly type: 'replaceJob'; readonly service: string; readonly job: KubeObject; readonly attempt: number }
  | { readonly type: 'stop'; readonly service: string; readonly objects: readonly Reference[] }
  | { readonly type: 'prune'; readonly objects: readonly Reference[] };

/** Objects written at once. */
const atOnce = 8;

/** Steps of the apply; what the server answered is remembered in `applied`. */
export function rolloutSteps(applied: Applied): StepTable<RolloutStep> {
  return {
    apply: {
      describe: ({ service, objects }) => `${service}: apply ${listed(objects.map(identityOf))}`,
      run: async ({ objects }, writer) => {
        for (let i = 0; i < objects.length; i += atOnce) await applyAll(objects.slice(i, i + atOnce), writer, applied);
      },
    },
    replaceJob: {
      describe: ({ service, job, attempt }) =>
        `${service}: run ${identityOf(job)} again${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
      run: async ({ job, attempt }, writer) => {
        const { annotations, ...metadata } = job.metadata;
        const marked = { ...annotations, ...(attempt > 1 ? { [attemptAnnotation]: String(attempt) } : {}) };
        await writer.delete(kindOf(job), job.metadata, { propagation: 'Background' });
        await applyAll([{ ...job, metadata: { ...metadata, annotations: marked } }], writer, applied);
      },
    },
    stop: {
      describe: ({ service, objects }) => `${service}: scale ${listed(objects.map(textOf))} to nothing`,
      run: async ({ objects }, writer) => {
        for (const object of objects) await writer.patch(kindNamed(object), object, { spec: { replicas: 0 } });
      },
    },
    prune: {
      describe: ({ objects }) => `remove ${listed(objects.map(textOf))}, which nothing needs any more`,
      run: async ({ objects }, writer) => {
        for (const object of objects) await writer.delete(kindNamed(object), object, { propagation: 'Background' });
      },
    },
  };
}

/** All are tried; then the first failure is told. */
async function applyAll(objects: readonly KubeObject[], writer: Writer, applied: Applied): Promise<void> {
  const results = await Promise.allSettled(
    objects.map(async (object) => applied.answered(await writer.apply(kindOf(object), object, { force: true }))),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function kindNamed({ kind: name }: Reference): (typeof renderedKinds)[number] {
  const kind = renderedKinds.find((known) => known.kind === name);
  if (kind === undefined) throw terminal(`${name} is not applied by this service`, { reason: 'UnknownKind' });
  return kind;
}

function textOf({ kind, ...key }: Reference): string {
  return `${kind} ${keyText(key)}`;
}

function listed(names: readonly string[]): string {
  const [first = 'nothing', ...more] = names;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}
