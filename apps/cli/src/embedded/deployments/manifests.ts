import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allKinds,
  apiVersionOf,
  ClusterRoleBindingKind,
  ClusterRoleKind,
  ConfigMapKind,
  CustomResourceDefinitionKind,
  type Kind,
  keyOf,
  keyText,
  type KubeObject,
  NamespaceKind,
  RoleBindingKind,
  RoleKind,
  ServiceAccountKind,
  ValidatingAdmissionPolicyBindingKind,
  ValidatingAdmissionPolicyKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, isFailure, sleep, terminal } from '@keelson/std';
import { loadAll } from 'js-yaml';

/** Folders below deploy/, in the order in which they are applied: what a later one needs comes first. */
const folders = ['crds', 'rbac', 'policies', 'releases'];

/** On every object we apply: the digest of its manifest, so that an unchanged one costs no write. */
export const manifestDigest = 'keelson.io/manifest-digest';

const fieldManager = 'keelson-provisioning';

/** Longest wait for the API to serve definitions just applied, milliseconds. */
const servedWithinMs = 20_000;

/**
 * Applies the definitions, roles, policies and releases that differ from what the API has; gives the names of those it applied.
 *
 * @throws Failure terminal naming the file or object that cannot be applied, transient when the API is away
 */
export async function ensureManifests(api: KubeApi, deploy: string, clock: Clock): Promise<string[]> {
  const applied: string[] = [];
  for (const folder of folders) {
    const objects = readManifests(join(deploy, folder));
    const known = await digestsOf(api, objects);
    const changed = namespacesFirst(objects).filter(
      (object) => known.get(identity(object)) !== object.metadata.annotations?.[manifestDigest],
    );
    for (const object of changed) await applyWhenServed(api, object, clock);
    applied.push(...changed.map(identity));
  }
  return applied;
}

/** The objects of a folder's manifests, each with the digest of its content. A folder that is not there has none. */
export function readManifests(folder: string): KubeObject[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return files.flatMap((name) =>
    loadAll(readFileSync(join(folder, name), 'utf8'))
      .filter((document) => document !== null && document !== undefined)
      .map((document) => withDigest(document, join(folder, name))),
  );
}

function withDigest(document: unknown, file: string): KubeObject {
  if (!isObject(document)) throw terminal(`${file} holds something that is no Kubernetes object`);
  const digest = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 16);
  return {
    ...document,
    metadata: { ...document.metadata, annotations: { ...document.metadata.annotations, [manifestDigest]: digest } },
  };
}

function isObject(document: unknown): document is KubeObject {
  return (
    typeof document === 'object' &&
    document !== null &&
    'kind' in document &&
    'apiVersion' in document &&
    'metadata' in document
  );
}

/** The digests that the stored objects carry, by identity: one list for each kind. */
async function digestsOf(api: KubeApi, objects: readonly KubeObject[]): Promise<ReadonlyMap<string, string>> {
  const kinds = new Set(objects.map(kindOf));
  const lists = await Promise.all([...kinds].map((kind) => listOrNothing(api, kind)));
  return new Map(
    lists.flat().flatMap((object) => {
      const digest = object.metadata.annotations?.[manifestDigest];
      return digest === undefined ? [] : [[identity(object), digest] as const];
    }),
  );
}

/** A kind whose definition was applied a moment ago may not be served yet: then there is none of it. */
async function listOrNothing(api: KubeApi, kind: Kind): Promise<KubeObject[]> {
  try {
    return (await api.list(kind)).items;
  } catch (error) {
    if (isFailure(error, 'terminal') || isFailure(error, 'notFound')) return [];
    throw error;
  }
}

async function applyWhenServed(api: KubeApi, object: KubeObject, clock: Clock): Promise<void> {
  const deadline = clock.now() + servedWithinMs;
  for (;;) {
    try {
      await api.apply(object, { fieldManager, force: true });
      return;
    } catch (error) {
      const mayCome =
        isFailure(error) &&
        (error.sort === 'transient' ||
          error.sort === 'notFound' ||
          /not find|NotFound|no matches/i.test(`${error.reason} ${error.message}`));
      if (!mayCome || clock.now() > deadline)
        throw terminal(
          `${identity(object)} cannot be applied: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      await sleep(clock, 200);
    }
  }
}

/** Namespaces, then what lives in them. */
function namespacesFirst(objects: readonly KubeObject[]): KubeObject[] {
  return [...objects].sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

const builtin: readonly Kind[] = [
  NamespaceKind,
  ConfigMapKind,
  ServiceAccountKind,
  ClusterRoleKind,
  ClusterRoleBindingKind,
  RoleKind,
  RoleBindingKind,
  CustomResourceDefinitionKind,
  ValidatingAdmissionPolicyKind,
  ValidatingAdmissionPolicyBindingKind,
];

function kindOf(object: KubeObject): Kind {
  const found = [...builtin, ...allKinds].find(
    (kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion,
  );
  if (found === undefined)
    throw terminal(`the manifests hold a ${object.apiVersion} ${object.kind}, a kind that this command does not know`);
  return found;
}

function identity(object: KubeObject): string {
  return `${object.kind} ${keyText(keyOf(object))}`;
}
