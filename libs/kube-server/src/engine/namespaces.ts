import { equalJson } from '@keelson/std';
import { type Registry, timestamp } from '../registry/context.js';
import { deleteObject } from '../registry/remove.js';
import { isObject } from '../schema/schema.js';
import { ApiError, modified, notFound } from '../status/status.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener } from '../storage/store.js';
import type { Draft, Stored } from '../storage/stored.js';
import { ensure } from './bootstrap.js';
import { callFor, inBatches, systemMasters } from './calls.js';
import type { Chores } from './chores.js';
import { rewrite } from './rewrite.js';

const resource = 'namespaces';
const accounts = 'serviceaccounts';
const namespaces = { group: '', plural: resource };

/**
 * Empties namespaces that are being deleted and lets them go when nothing is left in them; gives living ones their
 * default service account.
 */
export class NamespaceController implements CommitListener {
  readonly #registry: Registry;
  readonly #chores: Chores;
  /** How many objects each namespace holds. */
  readonly #counts = new Map<string, number>();
  readonly #dying = new Set<string>();

  constructor(registry: Registry, chores: Chores) {
    this.#registry = registry;
    this.#chores = chores;
    registry.store.onCommit(this);
    this.reloaded();
  }

  reloaded(): void {
    const { store } = this.#registry;
    this.#counts.clear();
    this.#dying.clear();
    for (const stored of store.resources()) {
      for (const object of store.view(stored).list()) this.#count(object.metadata.namespace ?? '', 1);
    }
    for (const object of store.view(resource).list()) this.#look(object);
  }

  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.type === 'delete') this.#gone(entry);
      else if (entry.previous === undefined) this.#count(entry.namespace, 1);
      if (entry.resource === resource && entry.type === 'put') this.#look(entry.object);
    }
  }

  #count(namespace: string, by: number): number {
    if (namespace === '') return 0;
    const count = (this.#counts.get(namespace) ?? 0) + by;
    if (count === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, count);
    return count;
  }

  #look(namespace: Stored): void {
    const { name, deletionTimestamp } = namespace.metadata;
    if (deletionTimestamp === undefined) return this.#giveAccount(name);
    if (this.#dying.has(name)) return;
    this.#dying.add(name);
    this.#chores.run(`emptying the namespace ${name}`, () => this.#empty(name));
  }

  #gone({ resource: from, namespace, name }: LogEntry): void {
    if (from === resource) this.#dying.delete(name);
    const left = this.#count(namespace, -1);
    if (this.#dying.has(namespace)) {
      if (left === 0) this.#chores.run(`finishing the namespace ${namespace}`, () => this.#finish(namespace));
    } else if (from === accounts && name === 'default') this.#giveAccount(namespace);
  }

  #giveAccount(namespace: string): void {
    const { store } = this.#registry;
    if (store.get(accounts, namespace, 'default') !== undefined) return;
    this.#chores.run(`the default service account of ${namespace}`, async () => {
      if (store.head(resource, '', namespace)?.metadata.deletionTimestamp !== undefined) return;
      await ensure(this.#registry, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace, name: 'default' },
      });
    });
  }

  async #empty(namespace: string): Promise<void> {
    const { store, kinds } = this.#registry;
    for (const stored of store.resources()) {
      const kind = kinds.ofStorage(stored);
      if (kind?.namespaced !== true) continue;
      const call = callFor(kind, namespace, systemMasters);
      const objects = store
        .view(stored)
        .list(namespace)
        .filter((object) => object.metadata.deletionTimestamp === undefined);
      await inBatches(objects, (object) =>
        deleteObject(this.#registry, call, object.metadata.name, { propagationPolicy: 'Background' }).catch(ignoreGone),
      );
    }
    if (this.#counts.has(namespace)) await this.#report(namespace);
    else await this.#finish(namespace);
  }

  async #finish(name: string): Promise<void> {
    const head = this.#registry.store.head(resource, '', name);
    if (head?.metadata.deletionTimestamp === undefined || this.#counts.has(name)) return;
    const finalizers = finalizersOf(head).filter((finalizer) => finalizer !== 'kubernetes');
    if (finalizers.length !== finalizersOf(head).length)
      await rewrite(this.#registry, resource, head, { ...head, spec: { finalizers } });
  }

  /** Says in the namespace's conditions what keeps it. */
  async #report(name: string): Promise<void> {
    const { store } = this.#registry;
    const kept = store.resources().flatMap((stored) =>
      store
        .view(stored)
        .list(name)
        .map((object) => ({ stored, object })),
    );
    const head = store.head(resource, '', name);
    if (head === undefined || kept.length === 0) return;
    const byResource = countBy(kept.map(({ stored }) => stored));
    const byFinalizer = countBy(kept.flatMap(({ object }) => object.metadata.finalizers ?? []));
    const now = timestamp(this.#registry);
    const conditions: Draft[] = [
      condition(
        'NamespaceContentRemaining',
        'SomeResourcesRemain',
        `Some resources are remaining: ${byResource.map(([one, count]) => `${one} has ${count} resource instances`).join(', ')}`,
        now,
      ),
    ];
    if (byFinalizer.length > 0) {
      const text = byFinalizer.map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).join(', ');
      conditions.push(
        condition(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${text}`,
          now,
        ),
      );
    }
    const status = { ...(isObject(head.status) ? head.status : {}), phase: 'Terminating', conditions };
    if (!equalJson(status, head.status)) await rewrite(this.#registry, resource, head, { ...head, status });
  }
}

/** PUT of a namespace's /finalize: takes finalizers out of its spec, which nothing else can. */
export async function finalizeNamespace(registry: Registry, name: string, body: unknown): Promise<Stored> {
  const head = registry.store.head(resource, '', name);
  if (head === undefined) throw notFound(namespaces, name);
  const { resourceVersion } = isObject(body) && isObject(body.metadata) ? body.metadata : {};
  if (
    typeof resourceVersion === 'string' &&
    resourceVersion !== '' &&
    resourceVersion !== head.metadata.resourceVersion
  )
    throw modified(namespaces, name);
  const spec = isObject(body) && isObject(body.spec) ? body.spec : {};
  const wanted = Array.isArray(spec.finalizers) ? spec.finalizers.map(String) : [];
  return rewrite(registry, resource, head, { ...head, spec: wanted.length === 0 ? {} : { finalizers: wanted } });
}

function finalizersOf(namespace: Stored): readonly string[] {
  return isObject(namespace.spec) && Array.isArray(namespace.spec.finalizers)
    ? namespace.spec.finalizers.map(String)
    : [];
}

function condition(type: string, reason: string, message: string, lastTransitionTime: string): Draft {
  return { type, status: 'True', reason, message, lastTransitionTime };
}

function countBy(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof ApiError && error.code === 404)) throw error;
}
