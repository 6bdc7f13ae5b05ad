import {
  type ConfigMap,
  ConfigMapKind,
  keyText,
  type KubeObject,
  type ObjectKey,
  OpenStackDeploymentStatusKind,
  type Reference,
  SecretKind,
  secretPriorityAnnotation,
} from '@keelson/api';
import { type Applied, applyObjects, identityOf, kindOf, renderedKinds } from '@keelson/mosk';
import type { StepTable } from '@keelson/reconcile';
import { rfc3339, terminal } from '@keelson/std';
import { backupOf } from '../credentials/generate.js';
import { type RestoreState, restoreStateName } from './restore.js';
import type { Upcoming } from '../credentials/rotation.js';
import { releaseOrderAnnotation } from '../update/update.order.js';
import { attemptAnnotation, rotatedAtAnnotation } from '../names.js';

export type RolloutStep =
  | { readonly type: 'apply'; readonly service: string; readonly objects: readonly KubeObject[] }
  | { readonly type: 'replaceJob'; readonly service: string; readonly job: KubeObject; readonly attempt: number }
  | { readonly type: 'switch'; readonly upcoming: Upcoming; readonly now: number }
  | { readonly type: 'writeRestore'; readonly namespace: string; readonly state: RestoreState }
  | { readonly type: 'order'; readonly cloud: ObjectKey; readonly text: string }
  | { readonly type: 'keepImages'; readonly map: ConfigMap }
  | { readonly type: 'scale'; readonly service: string; readonly object: Reference; readonly replicas: number }
  | { readonly type: 'stop'; readonly service: string; readonly objects: readonly Reference[] }
  | { readonly type: 'prune'; readonly objects: readonly Reference[] };

/** Steps of the apply; what the server answered is remembered in `applied`. */
export function rolloutSteps(applied: Applied): StepTable<RolloutStep> {
  return {
    apply: {
      describe: ({ service, objects }) => `${service}: apply ${listed(objects.map(identityOf))}`,
      run: ({ objects }, writer) => applyObjects(objects, writer, applied),
    },
    replaceJob: {
      describe: ({ service, job, attempt }) =>
        `${service}: run ${identityOf(job)} again${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
      run: async ({ job, attempt }, writer) => {
        const { annotations, ...metadata } = job.metadata;
        const marked = { ...annotations, ...(attempt > 1 ? { [attemptAnnotation]: String(attempt) } : {}) };
        await writer.delete(kindOf(job), job.metadata, { propagation: 'Background' });
        await applyObjects([{ ...job, metadata: { ...metadata, annotations: marked } }], writer, applied);
      },
    },
    switch: {
      describe: ({ upcoming: { name } }) =>
        `put the new credential ${name} into force; the old one stays as its backup`,
      run: async ({ upcoming: { name, active, next, isInForce }, now }, writer) => {
        if (!isInForce) {
          await writer.apply(SecretKind, backupOf(name, active), { force: true });
          const marks = { [secretPriorityAnnotation]: 'active', [rotatedAtAnnotation]: rfc3339(now) };
          const annotations = { ...next.metadata.annotations, ...marks };
          await writer.patch(SecretKind, active.metadata, { metadata: { annotations }, data: next.data });
        }
        await writer.delete(SecretKind, next.metadata);
      },
    },
    writeRestore: {
      describe: ({ state }) => `write down that the restore of the database is at ${state.stage}`,
      run: async ({ namespace, state: { stage, startedAt } }, writer) => {
        const map: ConfigMap = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: restoreStateName, namespace },
          data: { stage, started_at: startedAt },
        };
        await writer.apply(ConfigMapKind, map, { force: true });
      },
    },
    order: {
      describe: () => 'write down the release that the cluster is worked on for',
      run: async ({ cloud, text }, writer) => {
        const metadata = { annotations: { [releaseOrderAnnotation]: text } };
        await writer.patch(OpenStackDeploymentStatusKind, cloud, { metadata });
      },
    },
    keepImages: {
      describe: ({ map: { data } }) => `write down the images of ${data?.['release'] ?? 'the release'}`,
      run: async ({ map }, writer) => {
        await writer.apply(ConfigMapKind, map, { force: true });
      },
    },
    scale: {
      describe: ({ service, object, replicas }) => `${service}: scale ${textOf(object)} to ${replicas}`,
      run: async ({ object, replicas }, writer) => {
        await writer.patch(kindNamed(object), object, { spec: { replicas } });
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
