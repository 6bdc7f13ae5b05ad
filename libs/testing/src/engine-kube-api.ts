import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import {
  type ApplyOptions,
  type DeleteOptions,
  doing,
  failureOf,
  type KubeApi,
  type ListOptions,
  type ListResult,
  requireNamespace,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '@keelson/kube';
import {
  ApiError,
  type Call,
  createObject,
  deleteObject,
  type Draft,
  type Engine,
  EventQueue,
  getObject,
  type KindDescriptor,
  listObjects,
  patchObject,
  type PatchType,
  type Query,
  replaceObject,
  type Stored,
  systemMasters,
  unknownResource,
  type User,
  type WatchEvent as EngineEvent,
  watchObjects,
  type Written,
} from '@keelson/kube-server';
import { type Failure, isFailure, transient } from '@keelson/std';
import { requirePermission } from './engine-permission.js';

export interface EngineKubeOptions {
  /** Up to its first slash the field manager of writes that name none, as over HTTP. */
  readonly userAgent?: string;
}

/**
 * The Kubernetes API straight into an engine of the same process: the same answers and failures as over HTTP, in
 * microtasks and without copies, so that a world runs under virtual time. What it gives is the engine's own and frozen:
 * whoever changes an object he was given is found out here. Watches last until they are ended and carry no
 * bookmarks but the first, for nothing here breaks off in silence.
 *
 * @param user who asks; the administrator when absent
 */
export function engineKubeApi(engine: Engine, user: User = systemMasters, options: EngineKubeOptions = {}): KubeApi {
  return new EngineKubeApi(engine, user, options);
}

class EngineKubeApi implements KubeApi {
  readonly #engine: Engine;
  readonly #user: User;
  readonly #userAgent: string;

  constructor(engine: Engine, user: User, options: EngineKubeOptions) {
    this.#engine = engine;
    this.#user = user;
    this.#userAgent = options.userAgent ?? 'keelson';
  }

  async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    requireNamespace(kind, key);
    return orUndefined(
      this.#answered(
        doing.get(kind, key),
        () =>
          getObject(this.#engine.registry, this.#call(this.#descriptor(kind), 'get', key), key.name) as unknown as T,
      ),
    );
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const what = doing.list(kind, options.namespace);
    if (options.signal?.aborted) throw transient(`${what}: called off`, { reason: 'CalledOff' });
    const { items, metadata } = await this.#answered(what, () =>
      listObjects(
        this.#engine.registry,
        this.#call(this.#descriptor(kind), 'list', selected(options), selectors(options)),
      ),
    );
    return { items: [...items] as unknown as T[], resourceVersion: metadata.resourceVersion };
  }

  async *watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { signal } = options;
    if (signal.aborted) return;
    const what = doing.watch(kind, options.namespace);
    const queue = new EventQueue<EngineEvent>();
    const watching = await this.#answered(what, () => {
      const call = this.#call(this.#descriptor(kind), 'watch', selected(options), {
        ...selectors(options),
        resourceVersion: options.resourceVersion,
      });
      return watchObjects(this.#engine.registry, call, queue, false);
    });
    const onAbort = (): void => queue.end();
    signal.addEventListener('abort', onAbort, { once: true });
    // It may have been called off in the microtask before.
    if (signal.aborted) onAbort();
    try {
      yield { type: 'BOOKMARK', resourceVersion: options.resourceVersion };
      for await (const event of queue) {
        if (signal.aborted) return;
        yield portEvent<T>(event, what);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      watching.close();
    }
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#write(doing.create(object), async () => {
      const call = this.#call(
        this.#descriptorOf(object),
        'create',
        { ...object.metadata, name: '' },
        writeQuery(options),
      );
      return createObject(this.#engine.registry, call, object);
    });
  }

  async replace<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const { metadata } = object;
    return this.#write(doing.replace(object), async () => {
      const call = this.#call(this.#descriptorOf(object), 'update', metadata, writeQuery(options), options.subresource);
      return replaceObject(this.#engine.registry, call, metadata.name, options.subresource ?? 'main', object);
    });
  }

  async apply<T extends KubeObject>(object: Partial<T> & KubeObject, options: ApplyOptions): Promise<T> {
    const query = { ...writeQuery(options), force: String(options.force === true) };
    return this.#write(doing.apply(object), async () =>
      this.#patched(this.#descriptorOf(object), object.metadata, 'apply', object, query, options.subresource),
    );
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<T> {
    requireNamespace(kind, key);
    return this.#write(doing.patch(kind, key), async () =>
      this.#patched(this.#descriptor(kind), key, 'merge', patch, writeQuery(options), options.subresource),
    );
  }

  #patched(
    kind: KindDescriptor,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    query: Query,
    subresource: 'status' | undefined,
  ): Promise<Written> {
    return patchObject(
      this.#engine.registry,
      this.#call(kind, 'patch', key, query, subresource),
      key.name,
      subresource ?? 'main',
      type,
      body,
    );
  }

  async delete(kind: Kind, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    requireNamespace(kind, key);
    const { propagation, gracePeriodSeconds, ...preconditions } = options;
    const body = {
      preconditions,
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    await orUndefined(
      this.#answered(doing.delete(kind, key), () =>
        deleteObject(this.#engine.registry, this.#call(this.#descriptor(kind), 'delete', key), key.name, body),
      ),
    );
  }

  async createToken(
    serviceAccount: ObjectKey,
    request: { audiences?: string[]; expirationSeconds: number },
  ): Promise<{ token: string; expirationTimestamp: string }> {
    const what = doing.createToken(serviceAccount);
    const { status } = await this.#answered(what, () => {
      this.#call(this.#core('serviceaccounts'), 'create', serviceAccount, {}, 'token');
      const account = { namespace: serviceAccount.namespace ?? '', name: serviceAccount.name };
      return this.#engine.issueToken(account, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { ...request },
      });
    });
    return status as { token: string; expirationTimestamp: string };
  }

  async evict(pod: ObjectKey): Promise<void> {
    await this.#answered(doing.evict(pod), () => {
      const call = this.#call(this.#core('pods'), 'create', pod, {}, 'eviction');
      const eviction: Draft = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod.name, namespace: pod.namespace },
      };
      return this.#engine.evict({ namespace: pod.namespace ?? '', name: pod.name }, call, eviction);
    });
  }

  async #write<T extends KubeObject>(what: string, write: () => Promise<Written>): Promise<T> {
    const { object } = await this.#answered(what, write);
    return object as unknown as T;
  }

  /** Runs a call of the registry; what it throws becomes the failure that the same answer over HTTP would. */
  async #answered<A>(what: string, call: () => A | Promise<A>): Promise<A> {
    try {
      return await call();
    } catch (error) {
      throw sorted(what, error);
    }
  }

  #call(
    kind: KindDescriptor,
    verb: string,
    key: { readonly namespace?: string | undefined; readonly name?: string },
    query: Query = {},
    subresource?: string,
  ): Call {
    const namespace = kind.namespaced ? key.namespace : undefined;
    requirePermission(this.#engine, this.#user, kind, { verb, namespace, name: key.name, subresource });
    return { kind, namespace, query, user: this.#user, userAgent: this.#userAgent, warnings: [] };
  }

  /** @throws ApiError 404 as for an unknown resource type */
  #descriptor(kind: Kind): KindDescriptor {
    const found = this.#engine.registry.kinds.byResource(kind.group, kind.version, kind.plural);
    if (found === undefined) throw unknownResource();
    return found;
  }

  #descriptorOf(object: KubeObject): KindDescriptor {
    const found = this.#engine.registry.kinds.byKind(object.apiVersion, object.kind);
    if (found === undefined) throw unknownResource();
    requireNamespace({ kind: found.kind, scope: found.namespaced ? 'Namespaced' : 'Cluster' }, object.metadata);
    return found;
  }

  #core(plural: string): KindDescriptor {
    const found = this.#engine.registry.kinds.byResource('', 'v1', plural);
    if (found === undefined) throw unknownResource();
    return found;
  }
}

/** Whose name a list or watch is about, as the API server reads it from the field selector before it asks for permission. */
function selected({ namespace, fieldSelector }: ListOptions): { readonly namespace?: string; readonly name?: string } {
  const name = /^metadata\.name==?([^,!=]+)$/.exec(fieldSelector ?? '')?.[1];
  return { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
}

function selectors({ labelSelector, fieldSelector }: ListOptions): Query {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function writeQuery({ fieldManager, dryRun }: WriteOptions): Query {
  return { ...(fieldManager === undefined ? {} : { fieldManager }), ...(dryRun === true ? { dryRun: 'All' } : {}) };
}

/** @throws Failure for an ERROR event */
function portEvent<T extends KubeObject>(event: EngineEvent, what: string): WatchEvent<T> {
  if (event.type === 'ERROR') throw failureOf({ what, code: event.object.code ?? 500, status: event.object });
  if (event.type === 'BOOKMARK') return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion };
  return { type: event.type, object: event.object as Stored & T };
}

/** What is no answer of the engine is a defect of it: over HTTP that is a 500. */
function sorted(what: string, error: unknown): Failure {
  if (isFailure(error)) return error;
  if (error instanceof ApiError) return failureOf({ what, code: error.code, status: error.status });
  return transient(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
    reason: 'InternalError',
  });
}

async function orUndefined<A>(asking: Promise<A>): Promise<A | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isFailure(error, 'notFound')) return undefined;
    throw error;
  }
}
