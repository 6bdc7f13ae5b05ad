import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { Call, User } from '../registry/context.js';
import { metaOf } from '../registry/metadata.js';
import type { Query } from '../registry/options.js';
import { deleteObject } from '../registry/remove.js';
import { createObject, patchObject } from '../registry/write.js';
import { asText, isObject } from '../schema/schema.js';
import { memoryLog } from '../storage/memory-log.js';
import type { Draft, Stored } from '../storage/stored.js';
import { callFor, systemMasters } from './calls.js';
import { type Engine, type EngineOptions, openEngine } from './engine.js';

/** An engine over memory and virtual time, with the few words that specs need. */
export interface TestEngine extends Engine {
  readonly clock: VirtualClock;
  kind(apiVersion: string, kind: string): KindDescriptor;
  call(object: Draft, query?: Query, user?: User): Call;
  create(object: Draft, user?: User): Promise<Stored>;
  merge(object: Draft, patch: Draft, part?: 'main' | 'status', user?: User): Promise<Stored>;
  /** Deletes and lets all that follows happen. */
  remove(object: Draft, options?: Draft): Promise<void>;
  get(object: Draft): Stored | undefined;
  /** Names of all objects of a kind, as `namespace/name`. */
  names(apiVersion: string, kind: string): string[];
}

export async function testEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const clock = new VirtualClock();
  const engine = await openEngine({
    log: memoryLog(),
    profile: 'management',
    clock,
    random: seededRandom('engine'),
    logger: silentLog,
    ...options,
  });
  const { registry } = engine;
  const kind = (apiVersion: string, name: string): KindDescriptor => {
    const found = registry.kinds.byKind(apiVersion, name);
    if (found === undefined) throw new Error(`${apiVersion} ${name} is not served`);
    return found;
  };
  const call = (object: Draft, query: Query = {}, user: User = systemMasters): Call => {
    const { namespace } = metaOf(object);
    return callFor(
      kind(String(object.apiVersion), String(object.kind)),
      namespace === undefined ? undefined : asText(namespace),
      user,
      query,
    );
  };
  return {
    ...engine,
    clock,
    kind,
    call,
    async create(object, user) {
      const { object: made } = await createObject(registry, call(object, {}, user), object);
      await engine.settled();
      return made;
    },
    async merge(object, patch, part = 'main', user = systemMasters) {
      const { object: made } = await patchObject(
        registry,
        call(object, {}, user),
        nameOf(object),
        part,
        'merge',
        patch,
      );
      await engine.settled();
      return made;
    },
    async remove(object, body = {}) {
      await deleteObject(registry, call(object), nameOf(object), body);
      await engine.settled();
    },
    get(object) {
      const { kind: wanted, namespace } = call(object);
      return registry.store.get(wanted.storage.resource, namespace ?? '', nameOf(object));
    },
    names: (apiVersion, name) =>
      registry.store
        .view(kind(apiVersion, name).storage.resource)
        .list()
        .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`),
  };
}

function nameOf(object: Draft): string {
  return String(metaOf(object).name);
}

/** A ConfigMap in `default`, owned by the given objects. */
export function aConfigMap(name: string, owners: readonly Stored[] = [], more: Draft = {}): Draft {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    blockOwnerDeletion: true,
  }));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: 'default',
      name,
      ...(owners.length === 0 ? {} : { ownerReferences }),
      ...(isObject(more) ? more : {}),
    },
  };
}

/** The definition of a small custom kind of the group `test.keelson.io`. */
export function aDefinition(
  kind: string,
  more: { readonly plural?: string; readonly spec?: Draft; readonly subresources?: Draft } = {},
): Draft {
  const plural = more.plural ?? `${kind.toLowerCase()}s`;
  const openAPIV3Schema = {
    type: 'object',
    properties: {
      spec: more.spec ?? { type: 'object', properties: { size: { type: 'integer', default: 1 } } },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.test.keelson.io` },
    spec: {
      group: 'test.keelson.io',
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          subresources: more.subresources ?? { status: {} },
        },
      ],
    },
  };
}
