import type { LogEntry } from '../storage/log.js';
import type { Store } from '../storage/store.js';
import type { Owner, Stored } from '../storage/stored.js';

/** Where an object lies. */
export interface Place {
  readonly uid: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

const none: ReadonlyMap<string, Place> = new Map();

/** Who is owned by whom, by uid, of all committed objects; follows commits in constant time. */
export class OwnerIndex {
  readonly #living = new Map<string, Place>();
  readonly #dependents = new Map<string, Map<string, Place>>();

  load(store: Store): void {
    this.#living.clear();
    this.#dependents.clear();
    for (const resource of store.resources())
      for (const object of store.view(resource).list()) this.#add(resource, object);
  }

  /** An object by its uid, while it lives. */
  find(uid: string): Place | undefined {
    return this.#living.get(uid);
  }

  dependentsOf(uid: string): ReadonlyMap<string, Place> {
    return this.#dependents.get(uid) ?? none;
  }

  follow({ type, resource, object, previous }: LogEntry): void {
    if (type === 'delete') {
      this.#living.delete(object.metadata.uid);
      this.#unlink(previous?.metadata.ownerReferences, object.metadata.uid);
    } else if (previous === undefined) this.#add(resource, object);
    else if (ownersChanged(object, previous)) {
      this.#unlink(previous.metadata.ownerReferences, object.metadata.uid);
      this.#link(resource, object);
    }
  }

  #add(resource: string, object: Stored): void {
    this.#living.set(object.metadata.uid, placeOf(resource, object));
    this.#link(resource, object);
  }

  #link(resource: string, object: Stored): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      let dependents = this.#dependents.get(owner.uid);
      if (dependents === undefined) this.#dependents.set(owner.uid, (dependents = new Map()));
      dependents.set(object.metadata.uid, this.#living.get(object.metadata.uid) ?? placeOf(resource, object));
    }
  }

  #unlink(owners: readonly Owner[] | undefined, uid: string): void {
    for (const owner of owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

function placeOf(resource: string, { metadata: { uid, namespace, name } }: Stored): Place {
  return { uid, resource, namespace: namespace ?? '', name };
}

export function ownersChanged(object: Stored, previous: Stored | undefined): boolean {
  return object.metadata.ownerReferences !== previous?.metadata.ownerReferences;
}
