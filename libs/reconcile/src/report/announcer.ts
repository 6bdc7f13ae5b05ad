import { apiVersionOf, type CoreEvent, EventKind, type KubeObject } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import {
  backoffSeconds,
  type Clock,
  isFailure,
  type Log,
  messageOf,
  type Random,
  rfc3339,
  sha256Json,
  sleep,
} from '@keelson/std';
import type { ReconcileMetrics } from '../metrics.js';
import type { Announcement } from '../reconciler.js';

export interface AnnouncerOptions {
  /** Who reports, such as `baremetal-svc`. */
  readonly service: string;
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: ReconcileMetrics;
}

interface Told {
  readonly event: CoreEvent;
  readonly reconciler: string;
  count: number;
  /** Of what was written, or is about to be. */
  writtenAt: number;
}

/** The same Event is not written again within this time: it is counted. Milliseconds. */
const quietMs = 600_000;
/** What every pass says again is no new occurrence; a warning that stands is kept from expiring, once in this time. */
const standingMs = 3_000_000;
const mostTold = 5_000;
const mostObjects = 50_000;
const mostWaiting = 1_000;
const tries = 3;

/**
 * Kubernetes Events, as core/v1 objects. Nobody waits for them and nothing depends on them: they are written one after
 * the other in the background, repeats are counted in memory, and what cannot be written is dropped.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #told = new Map<string, Told>();
  /** What the last pass said, by reconciler and object: the ids of Events by their words. */
  readonly #standing = new Map<string, ReadonlyMap<string, string>>();
  readonly #waiting: Told[] = [];
  #isWriting = false;
  #isStopped = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** All that one pass has to say of an object. */
  announce(reconciler: string, object: KubeObject, announcements: readonly Announcement[]): void {
    const place = `${reconciler} ${object.metadata.uid ?? object.metadata.name}`;
    const before = this.#standing.get(place);
    if (announcements.length === 0) {
      if (before !== undefined) this.#standing.delete(place);
      return;
    }
    const now = new Map<string, string>();
    for (const announcement of announcements) {
      const words = `${announcement.type} ${announcement.reason} ${announcement.message}`;
      const standing = before?.get(words);
      const id = standing ?? idOf(object, announcement);
      now.set(words, id);
      this.#tell(reconciler, object, { announcement, id, isStanding: standing !== undefined });
    }
    this.#standing.delete(place);
    this.#standing.set(place, now);
    forgetOldest(this.#standing, mostObjects);
  }

  /** Writes nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
  }

  #tell(
    reconciler: string,
    object: KubeObject,
    { announcement, id, isStanding }: { announcement: Announcement; id: string; isStanding: boolean },
  ): void {
    const now = this.#options.clock.elapsed();
    const known = this.#told.get(id);
    if (isStanding && announcement.type === 'Normal') return;
    if (known !== undefined) {
      known.count += 1;
      if (now - known.writtenAt < (isStanding ? standingMs : quietMs)) return;
    }
    const told: Told = known ?? {
      event: this.#eventOf(id, object, announcement),
      reconciler,
      count: 1,
      writtenAt: now,
    };
    told.writtenAt = now;
    this.#told.delete(id);
    this.#told.set(id, told);
    forgetOldest(this.#told, mostTold);
    this.#queue(told);
  }

  #queue(told: Told): void {
    if (this.#isStopped || this.#waiting.length >= mostWaiting) return;
    this.#waiting.push(told);
    if (!this.#isWriting) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let told = this.#waiting.shift(); told !== undefined; told = this.#waiting.shift()) await this.#writeOne(told);
    this.#isWriting = false;
  }

  async #writeOne(told: Told): Promise<void> {
    for (let attempt = 1; !this.#isStopped; attempt += 1) {
      try {
        await this.#write(told);
        return;
      } catch (error) {
        if (!isFailure(error, 'transient') || attempt === tries) {
          this.#options.log.debug(`an Event could not be written: ${messageOf(error)}`, { reason: told.event.reason });
          return;
        }
        const { clock, random } = this.#options;
        await sleep(clock, backoffSeconds({ firstSeconds: 1, maxSeconds: 10, factor: 2 }, attempt, random) * 1000);
      }
    }
  }

  async #write(told: Told): Promise<void> {
    const { api, metrics, clock } = this.#options;
    const fieldManager = told.reconciler;
    const { event, count } = told;
    metrics.apiWrite(fieldManager, count === 1 ? 'create' : 'patch', EventKind.kind);
    if (count === 1) {
      try {
        await api.create(event, { fieldManager });
        return;
      } catch (error) {
        if (!isFailure(error, 'conflict')) throw error;
        // Told by an earlier process: count on from there.
        told.count += (await api.get(EventKind, event.metadata))?.count ?? 0;
      }
    }
    const patch = { count: told.count, lastTimestamp: rfc3339(clock.now()) };
    try {
      await api.patch(EventKind, event.metadata, patch, { fieldManager });
    } catch (error) {
      if (!isFailure(error, 'notFound')) throw error;
      await api.create({ ...event, ...patch }, { fieldManager });
    }
  }

  #eventOf(id: string, object: KubeObject, { type, reason, message }: Announcement): CoreEvent {
    const { service, clock } = this.#options;
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const at = rfc3339(clock.now());
    return {
      apiVersion: apiVersionOf(EventKind),
      kind: EventKind.kind,
      metadata: { name: `${name.slice(0, 200)}.${id}`, namespace: namespace ?? 'default' },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: service },
      reportingComponent: service,
      reportingInstance: service,
    };
  }
}

function idOf({ metadata }: KubeObject, { type, reason, message }: Announcement): string {
  return sha256Json([metadata.uid, type, reason, message]).slice(0, 16);
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  const oldest = map.keys().next().value;
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
