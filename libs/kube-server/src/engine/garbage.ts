import type { Registry } from '../registry/context.js';
import type { Propagation } from '../registry/options.js';
import { deleteObject, foregroundFinalizer, orphanFinalizer } from '../registry/remove.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener } from '../storage/store.js';
import type { Owner, Stored } from '../storage/stored.js';
import { callFor, inBatches, systemMasters } from './calls.js';
import type { Chores } from './chores.js';
import { OwnerIndex, ownersChanged, type Place } from './owners.js';
import { rewrite } from './rewrite.js';

const collector = { manager: 'kube-controller-manager', subresource: '' };

/**
 * Deletes what has lost all its owners, and answers the finalizers by which a deletion waits for dependents (foreground)
 * or leaves them to themselves (orphan). Driven by commits: nothing is scanned.
 */
export class GarbageCollector implements CommitListener {
  readonly #registry: Registry;
  readonly #chores: Chores;
  readonly #owners = new OwnerIndex();
  /** Uids of owners that wait for their dependents to go. */
  readonly #waiting = new Set<string>();

  constructor(registry: Registry, chores: Chores) {
    this.#registry = registry;
    this.#chores = chores;
    registry.store.onCommit(this);
    this.reloaded();
  }

  reloaded(): void {
    const { store } = this.#registry;
    this.#owners.load(store);
    this.#waiting.clear();
    for (const resource of store.resources()) {
      for (const object of store.view(resource).list()) this.#look({ resource, object, previous: undefined });
    }
  }

  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#owners.follow(entry);
    for (const entry of entries) {
      if (entry.type === 'put') this.#look(entry);
      else this.#gone(entry);
    }
  }

  #look({ resource, object, previous }: Pick<LogEntry, 'resource' | 'object' | 'previous'>): void {
    const { metadata } = object;
    const place = { uid: metadata.uid, resource, namespace: metadata.namespace ?? '', name: metadata.name };
    if (ownersChanged(object, previous)) {
      if (metadata.ownerReferences?.some((owner) => this.#stateOf(owner, place) !== 'solid') === true)
        this.#chores.run(`collecting ${metadata.name}`, () => this.#collect(place));
      this.#releaseOwners(previous?.metadata.ownerReferences);
    }
    if (metadata.deletionTimestamp === undefined || metadata.finalizers === undefined) return;
    if (metadata.finalizers.includes(orphanFinalizer))
      this.#chores.run(`orphaning what ${metadata.name} owns`, () => this.#orphan(place));
    if (metadata.finalizers.includes(foregroundFinalizer)) {
      this.#waiting.add(metadata.uid);
      this.#chores.run(`deleting what ${metadata.name} owns`, () => this.#foreground(place));
    }
  }

  #gone({ object, previous }: LogEntry): void {
    this.#waiting.delete(object.metadata.uid);
    for (const place of this.#owners.dependentsOf(object.metadata.uid).values())
      this.#chores.run(`collecting ${place.name}`, () => this.#collect(place));
    this.#releaseOwners(previous?.metadata.ownerReferences);
  }

  /** Owners that wait for their dependents look again when one has gone or is theirs no more. */
  #releaseOwners(owners: readonly Owner[] | undefined): void {
    if (this.#waiting.size === 0) return;
    for (const { uid } of owners ?? []) {
      const owner = this.#waiting.has(uid) ? this.#owners.find(uid) : undefined;
      if (owner !== undefined) this.#chores.run(`deleting what ${owner.name} owns`, () => this.#foreground(owner));
    }
  }

  #headOf(place: Place): Stored | undefined {
    const head = this.#registry.store.head(place.resource, place.namespace, place.name);
    return head?.metadata.uid === place.uid ? head : undefined;
  }

  /** An owner in another namespace counts as none. */
  #stateOf(owner: Owner, dependent: Place): 'solid' | 'waiting' | 'dangling' {
    const place = this.#owners.find(owner.uid);
    if (place === undefined || (place.namespace !== '' && place.namespace !== dependent.namespace)) return 'dangling';
    return this.#waiting.has(owner.uid) ? 'waiting' : 'solid';
  }

  async #collect(place: Place): Promise<void> {
    const head = this.#headOf(place);
    const owners = head?.metadata.ownerReferences ?? [];
    if (head === undefined || owners.length === 0) return;
    const states = owners.map((owner) => this.#stateOf(owner, place));
    const solid = owners.filter((_, i) => states[i] === 'solid');
    if (solid.length > 0) {
      if (solid.length < owners.length) await this.#leaveOwners(place, head, solid);
      return;
    }
    if (head.metadata.deletionTimestamp !== undefined) return;
    const ownsMore = states.includes('waiting') && this.#owners.dependentsOf(place.uid).size > 0;
    await this.#delete(place, ownsMore ? 'Foreground' : 'Background');
  }

  async #delete(place: Place, propagationPolicy: Propagation): Promise<void> {
    const kind = this.#registry.kinds.ofStorage(place.resource);
    if (kind === undefined) return;
    await deleteObject(this.#registry, callFor(kind, place.namespace, systemMasters), place.name, {
      propagationPolicy,
      preconditions: { uid: place.uid },
    });
  }

  #leaveOwners(place: Place, head: Stored, ownerReferences: readonly Owner[]): Promise<Stored> {
    const { ownerReferences: _all, ...rest } = head.metadata;
    const metadata = ownerReferences.length === 0 ? rest : { ...rest, ownerReferences };
    return rewrite(this.#registry, place.resource, head, { ...head, metadata }, collector);
  }

  async #orphan(owner: Place): Promise<void> {
    await inBatches([...this.#owners.dependentsOf(owner.uid).values()], async (place) => {
      const head = this.#headOf(place);
      const kept = head?.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.uid);
      if (head !== undefined && kept !== undefined && kept.length !== head.metadata.ownerReferences?.length)
        await this.#leaveOwners(place, head, kept);
    });
    await this.#dropFinalizer(owner, orphanFinalizer);
  }

  /** Dependents that block the owner are deleted; when none is left the owner may go, and the others follow it. */
  async #foreground(owner: Place): Promise<void> {
    const blocking = [...this.#owners.dependentsOf(owner.uid).values()].filter((place) => {
      const references = this.#headOf(place)?.metadata.ownerReferences;
      return references?.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true);
    });
    if (blocking.length === 0) return this.#dropFinalizer(owner, foregroundFinalizer);
    await inBatches(blocking, (place) => this.#collect(place));
  }

  async #dropFinalizer(place: Place, finalizer: string): Promise<void> {
    const head = this.#headOf(place);
    if (head?.metadata.deletionTimestamp === undefined || head.metadata.finalizers?.includes(finalizer) !== true)
      return;
    const finalizers = head.metadata.finalizers.filter((one) => one !== finalizer);
    await rewrite(this.#registry, place.resource, head, { ...head, metadata: { ...head.metadata, finalizers } });
  }
}
