import type { KubeObject } from '@keelson/api';
import { equalJson } from '@keelson/std';
import { type ControllerRevision, ControllerRevisionKind, type PodTemplate } from '../kinds.js';
import { controllerOf, hashOf, ownedBy, simulated } from '../objects.js';
import { type Plane, forEach } from '../plane.js';

export const revisionLabel = 'controller-revision-hash';

export interface Templated extends KubeObject {
  readonly spec: { readonly template: PodTemplate; readonly revisionHistoryLimit?: number };
}

/** The history of a StatefulSet's or DaemonSet's template, as `kubectl rollout history` and `undo` read it. */
export interface History {
  readonly update: ControllerRevision;
  readonly all: readonly ControllerRevision[];
}

/** The history with the present template as its newest revision; writes what is missing. */
export async function historyOf(plane: Plane, owner: Templated): Promise<History> {
  const all = await revisionsOf(plane, owner);
  const data = { spec: { template: { ...owner.spec.template, $patch: 'replace' } } };
  const newest = Math.max(0, ...all.map(({ revision }) => revision));
  const equal = all.find((revision) => equalJson(revision.data, data));
  if (equal === undefined) await plane.api.create(ControllerRevisionKind, newRevision(owner, data, newest + 1));
  else if (equal.revision < newest)
    await plane.api.patch(ControllerRevisionKind, equal.metadata, { revision: newest + 1 });
  else return { update: equal, all };
  const now = await revisionsOf(plane, owner);
  const update = now.find((revision) => equalJson(revision.data, data));
  if (update === undefined) throw new Error(`the revision of ${owner.metadata.name} that was just written is gone`);
  return { update, all: now };
}

/** The template of a revision by name; the present one when it is forgotten. */
export function templateOf(owner: Templated, { all }: History, name: string | undefined): PodTemplate {
  const data = all.find(({ metadata }) => metadata.name === name)?.data;
  if (!hasTemplate(data)) return owner.spec.template;
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

/** Forgets the oldest revisions that no pod and no status speaks of. */
export async function forgetRevisions(
  plane: Plane,
  owner: Templated,
  history: History,
  used: ReadonlySet<string>,
): Promise<void> {
  const idle = history.all
    .filter(({ metadata }) => !used.has(metadata.name) && metadata.name !== history.update.metadata.name)
    .sort((a, b) => a.revision - b.revision);
  const surplus = idle.slice(0, Math.max(0, idle.length - (owner.spec.revisionHistoryLimit ?? 10)));
  await forEach(surplus, ({ metadata }) => plane.api.end(ControllerRevisionKind, metadata));
}

async function revisionsOf(plane: Plane, owner: Templated): Promise<readonly ControllerRevision[]> {
  const all = await plane.api.list(ControllerRevisionKind, owner.metadata.namespace);
  return all.filter((revision) => controllerOf(revision)?.uid === owner.metadata.uid);
}

function newRevision(owner: Templated, data: unknown, revision: number): ControllerRevision {
  const hash = hashOf(data);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: { ...owner.spec.template.metadata?.labels, [revisionLabel]: hash },
      annotations: { ...simulated },
      ownerReferences: [ownedBy(owner)],
    },
    data,
    revision,
  };
}

function hasTemplate(
  data: unknown,
): data is { readonly spec: { readonly template: PodTemplate & { $patch?: string } } } {
  if (typeof data !== 'object' || data === null || !('spec' in data)) return false;
  const { spec } = data;
  return typeof spec === 'object' && spec !== null && 'template' in spec;
}
