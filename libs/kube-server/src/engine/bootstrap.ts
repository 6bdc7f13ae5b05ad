import { definitionResource } from '../crd/strategy.js';
import { bootstrapPolicy } from '../rbac/policy.js';
import { metaOf } from '../registry/metadata.js';
import { createObject, replaceObject } from '../registry/write.js';
import type { Registry } from '../registry/context.js';
import { asText, isObject } from '../schema/schema.js';
import { type Draft, frozenCopy } from '../storage/stored.js';
import { callFor, systemMasters } from './calls.js';

export interface Bootstrap {
  readonly profile: 'management' | 'child';
  readonly definitions: readonly unknown[];
}

/** Stores what is there from the start. Nothing that exists is touched, but definitions are brought up to date. */
export async function bootstrap(registry: Registry, { profile, definitions }: Bootstrap): Promise<void> {
  const namespaces = ['default', 'kube-system', 'kube-public', ...(profile === 'child' ? ['kube-node-lease'] : [])];
  await Promise.all(
    namespaces.map((name) => ensure(registry, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  await ensure(registry, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-public', name: 'embedded-apiserver' },
    data: {
      profile,
      notice:
        'This is the embedded Kubernetes API of Keelson, for development and tests. It is not a kube-apiserver and runs no workloads.',
    },
  });
  await Promise.all(bootstrapPolicy.map((object) => ensure(registry, object)));
  await Promise.all(definitions.map((definition) => install(registry, frozenOnce(definition))));
}

const maxShared = 256;
const shared = new Map<string, unknown>();

/** Engines of one process share the schemas of equal definitions, and what was compiled of them; those frozen are shared as they are. */
function frozenOnce(definition: unknown): unknown {
  if (Object.isFrozen(definition)) return definition;
  const text = JSON.stringify(definition);
  const known = shared.get(text) ?? frozenCopy(definition);
  if (!shared.has(text) && shared.size < maxShared) shared.set(text, known);
  return known;
}

/** Creates an object unless it exists. */
export async function ensure(registry: Registry, object: Draft): Promise<void> {
  const kind = registry.kinds.byKind(String(object.apiVersion), String(object.kind));
  if (kind === undefined) throw new TypeError(`${String(object.kind)} is no kind of this profile`);
  const { name, namespace } = metaOf(object);
  const call = callFor(kind, namespace === undefined ? undefined : asText(namespace), systemMasters);
  if (registry.store.head(kind.storage.resource, call.namespace ?? '', String(name)) === undefined)
    await createObject(registry, call, object);
}

async function install(registry: Registry, definition: unknown): Promise<void> {
  if (!isObject(definition)) throw new TypeError('a definition to install is no object');
  const { name } = metaOf(definition);
  const kind = registry.kinds.byKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  if (kind === undefined) throw new TypeError('this profile has no definitions');
  const call = callFor(kind, undefined, systemMasters);
  const { status: _status, ...wanted } = definition;
  const head = registry.store.head(definitionResource, '', String(name));
  if (head === undefined) await createObject(registry, call, wanted);
  else
    await replaceObject(registry, call, head.metadata.name, 'main', {
      ...wanted,
      metadata: { ...metaOf(wanted), resourceVersion: head.metadata.resourceVersion },
    });
}
