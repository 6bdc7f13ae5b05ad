import type { ComputeService, HostLoad, LiveMigration } from '@keelson/openstack';
import type { Hypervisors } from './hypervisors.js';

/** A look at all computes serves the locks of all nodes for so long. Milliseconds. */
const servicesAgeMs = 5_000;
const loadsAgeMs = 30_000;

/**
 * Live migrations that are under way and that nova calls off; a queued one it would too.
 * https://docs.openstack.org/api-ref/compute/#delete-abort-migration
 */
const abortable: ReadonlySet<string> = new Set(['preparing', 'running']);

interface Course {
  /** The least memory that was left to copy, and since when. */
  low: number;
  lowAt: number;
}

/** How a live migration gets on. */
export interface Headway {
  /** When it will end if it goes on so, milliseconds from now; undefined while that cannot be told. */
  readonly endsInMs: number | undefined;
  /** For so long it has got no further, milliseconds. */
  readonly standsForMs: number;
}

/** How often something was tried, and when last, milliseconds since the epoch. */
export interface Tries {
  readonly count: number;
  readonly at: number;
}

interface Aged<A> {
  readonly at: number;
  readonly value: A;
}

/**
 * What this process remembers of drains, since OpenStack does not: how often instances were tried, how migrations get on,
 * which nodes have their turn before the caches show it. A process that begins anew begins to count anew.
 */
export class DrainMemory {
  readonly #tried = new Map<string, Map<string, Tries>>();
  readonly #most = new Map<string, number>();
  readonly #turns = new Set<string>();
  readonly #asked = new Map<string, number>();
  /** Locks of computes that are known to take instances, unless somebody else has disabled them. */
  readonly #open = new Set<string>();
  readonly #renewed = new Map<string, Set<string>>();
  readonly #courses = new Map<string, Course>();
  #services: Aged<readonly ComputeService[]> | undefined;
  #loads: Aged<ReadonlyMap<string, HostLoad>> | undefined;

  /** How often an instance was tried, by the lock of its node, and when that began last. */
  triesOf(lock: string, instance: string): Tries {
    return this.#tried.get(lock)?.get(instance) ?? { count: 0, at: -Infinity };
  }

  noteTry(lock: string, instance: string, now: number): void {
    const own = this.#tried.get(lock) ?? new Map<string, Tries>();
    own.set(instance, { count: this.triesOf(lock, instance).count + 1, at: now });
    this.#tried.set(lock, own);
  }

  /** The most that were left on the node of a lock at any look. */
  most(lock: string, left: number): number {
    const most = Math.max(left, this.#most.get(lock) ?? 0);
    this.#most.set(lock, most);
    return most;
  }

  /** A node has its turn from now on, whatever the caches show yet. */
  takeTurn(lock: string): void {
    this.#turns.add(lock);
  }

  hasTurn(lock: string): boolean {
    return this.#turns.has(lock);
  }

  /** Since when a node is known to be asked for. */
  askedSince(lock: string, now: number): number {
    const since = this.#asked.get(lock) ?? now;
    this.#asked.set(lock, since);
    return since;
  }

  /** Whether a compute that nobody asks for may still be closed by us: it is not known at first, and after it waited. */
  mayBeClosed(lock: string): boolean {
    return !this.#open.has(lock);
  }

  noteOpen(lock: string, isOpen: boolean): void {
    if (isOpen) this.#open.add(lock);
    else this.#open.delete(lock);
  }

  /** A node that nobody asks for any more. */
  forget(lock: string): void {
    this.#most.delete(lock);
    this.#tried.delete(lock);
    this.#turns.delete(lock);
    this.#asked.delete(lock);
  }

  /** Whether a pod of this DaemonSet was deleted in the return of the node. */
  isRenewed(lock: string, of: string): boolean {
    return this.#renewed.get(lock)?.has(of) === true;
  }

  noteRenewed(lock: string, of: string): void {
    this.#renewed.set(lock, new Set([...(this.#renewed.get(lock) ?? []), of]));
  }

  /** A node that is back, or is asked for again. */
  forgetReturn(lock: string): void {
    this.#renewed.delete(lock);
  }

  headwayOf(lock: string, { instance, id, status, memory }: LiveMigration, now: number): Headway {
    const key = `${instance}/${id}`;
    // What waits for its turn makes no headway and is not stuck; what nova cannot call off is not judged.
    if (!abortable.has(status)) return { endsInMs: undefined, standsForMs: 0 };
    // One that hangs before its first page tells no figures, and may do so for ever.
    const { total, remaining } = memory ?? { total: Infinity, remaining: Infinity };
    const course = this.#courses.get(key) ?? { low: remaining, lowAt: now };
    this.#courses.set(key, course);
    if (remaining < course.low) Object.assign(course, { low: remaining, lowAt: now });
    const { at: begun } = this.triesOf(lock, instance);
    const copied = memory === undefined ? 0 : total - remaining;
    const endsInMs = copied > 0 && begun > 0 ? (remaining / copied) * (now - begun) : undefined;
    return { endsInMs, standsForMs: now - course.lowAt };
  }

  /** Of instances that are no longer moved nothing is kept. */
  keepCourses(lock: string, moving: ReadonlySet<string>): void {
    for (const instance of this.#tried.get(lock)?.keys() ?? []) {
      if (moving.has(instance)) continue;
      for (const key of this.#courses.keys()) if (key.startsWith(`${instance}/`)) this.#courses.delete(key);
    }
  }

  async services(hypervisors: Hypervisors, now: number): Promise<readonly ComputeService[]> {
    const known = this.#services;
    if (known !== undefined && now - known.at < servicesAgeMs) return known.value;
    const value = await hypervisors.services();
    this.#services = { at: now, value };
    return value;
  }

  /** What was set of a service shows at the next look. */
  servicesChanged(): void {
    this.#services = undefined;
  }

  async loads(hypervisors: Hypervisors, now: number): Promise<ReadonlyMap<string, HostLoad>> {
    const known = this.#loads;
    if (known !== undefined && now - known.at < loadsAgeMs) return known.value;
    const value = new Map((await hypervisors.loads()).map((load) => [load.host, load]));
    this.#loads = { at: now, value };
    return value;
  }
}
