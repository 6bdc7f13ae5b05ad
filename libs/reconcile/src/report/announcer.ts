import { apiVersionOf, type CoreEvent, EventKind, type KubeObject } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { backoffSeconds, type Clock, isFailure, type Log, messageOf, type Random, rfc3339, sha256Json, sleep } from '@keelson/std';
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

/** The same Event is not written again within this time: it is counted. */
const quietMs = 600_000;
const mostTold = 5_000;
const mostWaiting = 1_000;
const tries = 3;

/**
 * Kubernetes Events, as core/v1 objects. Nobody waits for them and nothing depends on them: they are written one after
 * the other in the background, repeats are counted in memory, and what cannot be written is dropped.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #told = new Map<string, Told>();
  readonly #waiting: Told[] = [];
  #isWriting = false;
  #isStopped = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  announce(reconciler: string, object: KubeObject, announcement: Announcement): void {
    const now = this.#options.clock.now();
    const id = sha256Json([object.metadata.uid, announcement.type, announcement.reason, announcement.message]).slice(0, 16);
    const known = this.#told.get(id);
    if (known !== undefined) {
      known.count += 1;
      if (now - known.writtenAt < quietMs) return;
    }
    const told: Told = known ?? { event: this.#eventOf(id, object, announcement), reconciler, count: 1, writtenAt: now };
    told.writtenAt = now;
    this.#told.delete(id);
    this.#told.set(id, told);
    this.#forgetOldest();
    this.#queue(told);
  }

  /** Writes nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
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
        apiVersion: object.apiVersion, kind: object.kind, name,
        ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      type, reason, message, count: 1, firstTimestamp: at, lastTimestamp: at,
      source: { component: service }, reportingComponent: service, reportingInstance: service,
    };
  }

  #forgetOldest(): void {
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > mostTold && oldest !== undefined) this.#told.delete(oldest);
  }
}
