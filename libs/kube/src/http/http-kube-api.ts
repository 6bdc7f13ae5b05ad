import { apiVersionOf, type Kind, type KubeObject, type ObjectKey } from '@keelson/api';
import { isFailure, transient } from '@keelson/std';
import { doing, requireNamespace } from '../doing.js';
import type {
  ApplyOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ListResult,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../port.js';
import type { HttpKubeOptions } from './options.js';
import { type Ask, type Query, Requests } from './requests.js';
import { collectionPath, type DiscoveredResource, objectPath, Resources } from './resources.js';
import { watchOver } from './watch.js';

/** Objects of one page of a list, the number kubectl uses. */
const pageSize = 500;

/**
 * The Kubernetes API over TLS. Clients of one server with the same trust share their connections, so that hundreds in a
 * process are cheap; each keeps its own credentials.
 *
 * @throws Failure terminal, reason `BadKubeconfig`, when the options lead to no server
 */
export function httpKubeApi(options: HttpKubeOptions): KubeApi {
  return new HttpKubeApi(options);
}

class HttpKubeApi implements KubeApi {
  readonly #options: HttpKubeOptions;
  readonly #requests: Requests;
  readonly #resources: Resources;
  readonly #manager: string;

  constructor(options: HttpKubeOptions) {
    this.#options = options;
    this.#requests = new Requests(options);
    this.#resources = new Resources((path) => this.#discover(path));
    this.#manager = options.userAgent.split('/')[0] ?? options.userAgent;
  }

  async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    const ask: Ask = { what: doing.get(kind, key), method: 'GET', path: objectPath(kind, key) };
    return orUndefined(this.#requests.json(ask) as Promise<T>);
  }

  /** Pages whose point in time was forgotten in between are read again as one. */
  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    try {
      return await this.#pages(kind, options, pageSize);
    } catch (error) {
      if (!isFailure(error) || error.reason !== 'Expired') throw error;
      return this.#pages(kind, options, undefined);
    }
  }

  async #pages<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    limit: number | undefined,
  ): Promise<ListResult<T>> {
    const { namespace, labelSelector, fieldSelector, signal } = options;
    const what = doing.list(kind, namespace);
    const items: T[] = [];
    for (let from: string | undefined; ;) {
      const query: Query = { labelSelector, fieldSelector, limit, continue: from };
      const page = (await this.#requests.json({
        what,
        method: 'GET',
        path: collectionPath(kind, namespace),
        query,
        signal,
      })) as Page<T>;
      // Servers leave apiVersion and kind out of a list's items.
      for (const item of page.items ?? []) items.push({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind });
      from = page.metadata.continue === '' ? undefined : page.metadata.continue;
      if (from === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return watchOver(this.#requests, this.#options.random, kind, options);
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const kind = await this.#resources.kindOf(object);
    requireNamespace(kind, object.metadata);
    return this.#write<T>(
      {
        what: doing.create(object),
        method: 'POST',
        path: collectionPath(kind, object.metadata.namespace),
        body: object,
      },
      options,
    );
  }

  async replace<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const path = objectPath(await this.#resources.kindOf(object), object.metadata, options.subresource);
    return this.#write<T>({ what: doing.replace(object), method: 'PUT', path, body: object }, options);
  }

  async apply<T extends KubeObject>(object: Partial<T> & KubeObject, options: ApplyOptions): Promise<T> {
    const path = objectPath(await this.#resources.kindOf(object), object.metadata, options.subresource);
    // The body is JSON, which is YAML.
    const ask = {
      what: doing.apply(object),
      method: 'PATCH',
      path,
      body: object,
      contentType: 'application/apply-patch+yaml',
    } as const;
    return this.#write<T>(ask, options, { force: options.force === true });
  }

  patch<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, patch: unknown, options: WriteOptions = {}): Promise<T> {
    const path = objectPath(kind, key, options.subresource);
    return this.#write<T>(
      { what: doing.patch(kind, key), method: 'PATCH', path, body: patch, contentType: 'application/merge-patch+json' },
      options,
    );
  }

  async delete(kind: Kind, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    await orUndefined(
      this.#requests.json({ what: doing.delete(kind, key), method: 'DELETE', path: objectPath(kind, key), body }),
    );
  }

  async createToken(
    serviceAccount: ObjectKey,
    request: { audiences?: string[]; expirationSeconds: number },
  ): Promise<{ token: string; expirationTimestamp: string }> {
    const path = objectPath(
      await this.#resources.kindOf({ apiVersion: 'v1', kind: 'ServiceAccount' }),
      serviceAccount,
      'token',
    );
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: request };
    const what = doing.createToken(serviceAccount);
    const { status } = (await this.#requests.json({ what, method: 'POST', path, body })) as {
      status?: { token?: string; expirationTimestamp?: string };
    };
    if (status?.token === undefined || status.expirationTimestamp === undefined)
      throw transient(`${what}: the API server answered none`, { reason: 'BadAnswer' });
    return { token: status.token, expirationTimestamp: status.expirationTimestamp };
  }

  async evict(pod: ObjectKey): Promise<void> {
    const path = objectPath(await this.#resources.kindOf({ apiVersion: 'v1', kind: 'Pod' }), pod, 'eviction');
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.name, namespace: pod.namespace } };
    await this.#requests.json({ what: doing.evict(pod), method: 'POST', path, body });
  }

  async #write<T extends KubeObject>(ask: Ask, options: WriteOptions, extra: Query = {}): Promise<T> {
    const query: Query = {
      fieldManager: options.fieldManager ?? this.#manager,
      dryRun: options.dryRun === true ? 'All' : undefined,
      ...extra,
    };
    return (await this.#requests.json({ ...ask, query })) as T;
  }

  async #discover(path: string): Promise<readonly DiscoveredResource[]> {
    const found = (await this.#requests.json({ what: `ask what ${path} serves`, method: 'GET', path })) as {
      resources?: DiscoveredResource[];
    };
    return found.resources ?? [];
  }
}

interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

async function orUndefined<A>(asking: Promise<A>): Promise<A | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isFailure(error, 'notFound')) return undefined;
    throw error;
  }
}
