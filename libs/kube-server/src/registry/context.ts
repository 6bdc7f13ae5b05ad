import { type Clock, type Random, rfc3339 } from '@keelson/std';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import type { Store } from '../storage/store.js';
import type { Draft, Stored } from '../storage/stored.js';
import type { WatchHub } from '../watch/hub.js';
import type { HooksFor } from './hooks.js';
import type { Query } from './options.js';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the functions of the registry work with. */
export interface Registry {
  readonly store: Store;
  readonly hub: WatchHub;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly random: Random;
  /** Rules that hold whatever the kind, such as those against escalation; each throws ApiError. */
  readonly admission: readonly AdmissionRule[];
  /** Gives a new or changed object what only the whole cluster can give it, such as an address; absent where there is no such kind. */
  readonly assign?: (kind: KindDescriptor, object: Draft) => Draft;
  /** Finds the admission webhooks that a write concerns. */
  readonly hooksFor: HooksFor;
}

export interface Admission {
  readonly kind: KindDescriptor;
  readonly operation: 'create' | 'update' | 'delete';
  readonly object: Draft;
  readonly before: Stored | undefined;
  readonly user: User;
}

export type AdmissionRule = (admission: Admission) => void;

/** One request for a kind, read from its path. */
export interface Call {
  readonly kind: KindDescriptor;
  readonly namespace: string | undefined;
  readonly query: Query;
  readonly user: User;
  readonly userAgent: string | undefined;
  readonly warnings: string[];
}

/** The answer of the registry to a write. */
export interface Written {
  readonly status: number;
  readonly object: Stored;
}

/** metav1.Time of now. */
export function timestamp(registry: Registry): string {
  return rfc3339(registry.clock.now());
}

/** The state to plan a write against, as it reads in the call's version. */
export function headOf(registry: Registry, call: Pick<Call, 'kind' | 'namespace'>, name: string): Stored | undefined {
  const stored = registry.store.head(call.kind.storage.resource, call.namespace ?? '', name);
  return stored === undefined ? undefined : readAs(call.kind, stored);
}

/** A stored object as it reads in a kind's version. */
export function readAs(kind: KindDescriptor, stored: Stored): Stored {
  return kind.storage.read === undefined ? stored : kind.storage.read(stored);
}
