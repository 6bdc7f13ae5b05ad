import { equalJson, rfc3339 } from '@keelson/std';
import { kindsOfDefinition } from '../crd/compile.js';
import { type DefinitionNames, readDefinition } from '../crd/definition.js';
import { definitionResource, namesConflict } from '../crd/strategy.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { Admission, Registry } from '../registry/context.js';
import { deleteObject, definitionFinalizer } from '../registry/remove.js';
import { isObject } from '../schema/schema.js';
import { methodNotAllowed } from '../status/status.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener } from '../storage/store.js';
import type { Draft, Stored } from '../storage/stored.js';
import { callFor, inBatches, systemMasters } from './calls.js';
import type { Chores } from './chores.js';
import { rewrite } from './rewrite.js';

/**
 * Makes stored definitions served kinds. Names are accepted when no other definition of the group has them; a definition
 * once established stays so. A definition that is being deleted takes its objects along, and goes when the last is gone.
 */
export class DefinitionController implements CommitListener {
  readonly #registry: Registry;
  readonly #chores: Chores;
  /** Names of definitions that are being deleted, by the resource of their objects. */
  readonly #dying = new Map<string, string>();
  /** One definition after the other: names are free only until the one before has its own. */
  #accepting: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry, chores: Chores) {
    this.#registry = registry;
    this.#chores = chores;
    registry.store.onCommit(this);
    this.reloaded();
  }

  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.resource === definitionResource) {
        if (entry.type === 'put') this.#see(entry.object);
        else this.#forget(entry.object);
      } else if (entry.type === 'delete' && this.#dying.has(entry.resource))
        this.#drain(this.#dying.get(entry.resource) ?? '', entry.resource);
    }
  }

  reloaded(): void {
    this.#registry.kinds.clearCustom();
    this.#dying.clear();
    for (const object of this.#registry.store.view(definitionResource).list()) this.#see(object);
  }

  /** An admission rule: nothing new of a kind that is being taken away. */
  refuseNew({ kind, operation }: Admission): void {
    if (operation === 'create' && kind.custom && this.#dying.has(kind.storage.resource)) throw methodNotAllowed();
  }

  #see(object: Stored): void {
    const { name } = object.metadata;
    const { kinds } = this.#registry;
    if (isTrue(object, 'Established')) kinds.setCustom(name, servedKinds(object));
    if (
      object.metadata.deletionTimestamp !== undefined &&
      object.metadata.finalizers?.includes(definitionFinalizer) === true
    ) {
      const resource = resourceOf(object);
      if (!this.#dying.has(resource)) this.#dying.set(resource, name);
      this.#drain(name, resource);
    }
    if (this.#statusFor(object) !== undefined)
      this.#chores.run(`accepting the names of ${name}`, () => this.#acceptInTurn(name));
  }

  #acceptInTurn(name: string): Promise<void> {
    const accepted = this.#accepting.then(() => this.#accept(name));
    this.#accepting = accepted.catch(() => undefined);
    return accepted;
  }

  async #accept(name: string): Promise<void> {
    const { store } = this.#registry;
    const head = store.head(definitionResource, '', name);
    const status = head === undefined ? undefined : this.#statusFor(head);
    if (head !== undefined && status !== undefined)
      await rewrite(this.#registry, definitionResource, head, { ...head, status }, apiserver);
  }

  /** The status a definition should have; undefined when it has it. */
  #statusFor(object: Stored): Draft | undefined {
    const { group, names } = readDefinition(object);
    const others = this.#registry.kinds.all().filter((kind) => kind.custom);
    const conflict = namesConflict(names, group, others);
    const now = rfc3339(this.#registry.clock.now());
    const status = isObject(object.status) ? object.status : {};
    const wanted: Condition[] = [
      conflict === undefined
        ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
        : { type: 'NamesAccepted', status: 'False', reason: 'NamesConflict', message: conflict },
    ];
    const isEstablished = isTrue(object, 'Established');
    if (conflict === undefined || isEstablished)
      wanted.push({
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      });
    else
      wanted.push({
        type: 'Established',
        status: 'False',
        reason: 'NotAccepted',
        message: 'not all names are accepted',
      });
    if (object.metadata.deletionTimestamp !== undefined) {
      wanted.push({
        type: 'Terminating',
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message: 'CustomResource deletion is in progress',
      });
    }
    const next = {
      ...status,
      acceptedNames: conflict === undefined ? namesOf(names) : status.acceptedNames,
      conditions: mergeConditions(
        Array.isArray(status.conditions) ? status.conditions.filter(isObject) : [],
        wanted,
        now,
      ),
    };
    return equalJson(next, status) ? undefined : next;
  }

  #drain(name: string, resource: string): void {
    this.#chores.run(`deleting the objects of ${name}`, () => this.#takeAway(name, resource));
  }

  async #takeAway(name: string, resource: string): Promise<void> {
    const { store, kinds } = this.#registry;
    const head = store.head(definitionResource, '', name);
    if (head?.metadata.deletionTimestamp === undefined) return;
    const objects = store.view(resource).list();
    const kind = kinds.ofStorage(resource);
    if (objects.length === 0 || kind === undefined) {
      const finalizers = head.metadata.finalizers?.filter((finalizer) => finalizer !== definitionFinalizer) ?? [];
      if (finalizers.length !== head.metadata.finalizers?.length)
        await rewrite(this.#registry, definitionResource, head, {
          ...head,
          metadata: { ...head.metadata, finalizers },
        });
      return;
    }
    const fresh = objects.filter((object) => object.metadata.deletionTimestamp === undefined);
    await inBatches(fresh, (object) =>
      deleteObject(this.#registry, callFor(kind, object.metadata.namespace, systemMasters), object.metadata.name, {}),
    );
  }

  #forget(object: Stored): void {
    const { hub, kinds, store } = this.#registry;
    const resource = resourceOf(object);
    this.#dying.delete(resource);
    hub.endAll(resource);
    kinds.setCustom(object.metadata.name, []);
    for (const other of store.view(definitionResource).list()) if (!isTrue(other, 'NamesAccepted')) this.#see(other);
  }
}

const apiserver = { manager: 'kube-apiserver', subresource: 'status' };

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

function mergeConditions(present: readonly Draft[], wanted: readonly Condition[], now: string): Draft[] {
  const kept = present.filter((condition) => !wanted.some((one) => one.type === condition.type));
  const next = wanted.map((condition) => {
    const old = present.find((one) => one.type === condition.type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
    return {
      type: condition.type,
      status: condition.status,
      lastTransitionTime,
      reason: condition.reason,
      message: condition.message,
    };
  });
  return [...next, ...kept];
}

function isTrue(object: Stored, type: string): boolean {
  const conditions = isObject(object.status) ? object.status.conditions : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => isObject(condition) && condition.type === type && condition.status === 'True')
  );
}

/** Kinds under the names that were accepted, which are others than asked for while there is a conflict. */
function servedKinds(object: Stored): readonly KindDescriptor[] {
  const kinds = kindsOfDefinition(object);
  if (isTrue(object, 'NamesAccepted')) return kinds;
  const accepted = readDefinition({
    spec: { names: isObject(object.status) ? object.status.acceptedNames : {} },
  }).names;
  return kinds.map((kind) => ({ ...kind, ...accepted }));
}

function namesOf({ plural, singular, shortNames, kind, listKind, categories }: DefinitionNames): Draft {
  return {
    plural,
    singular,
    kind,
    listKind,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function resourceOf(object: Stored): string {
  const { group, names } = readDefinition(object);
  return `${names.plural}.${group}`;
}
