import type { Timer } from '@keelson/std';
import type { Registry } from '../registry/context.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener } from '../storage/store.js';
import type { Stored } from '../storage/stored.js';

const resource = 'events';
const keepMs = 3_600_000;

interface Due {
  readonly at: number;
  readonly namespace: string;
  readonly name: string;
  /** The write that was to be kept so long; a later one has an entry of its own. */
  readonly resourceVersion: string;
}

/** Removes events one hour after they were last written. As all are kept equally long, a queue in order of writing is one in order of expiry. */
export class EventExpiry implements CommitListener {
  readonly #registry: Registry;
  #queue: Due[] = [];
  #timer: Timer | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
    registry.store.onCommit(this);
    this.reloaded();
  }

  committed(entries: readonly LogEntry[]): void {
    for (const { resource: where, type, object } of entries)
      if (where === resource && type === 'put') this.#expect(object, this.#registry.clock.now());
    this.#arm();
  }

  reloaded(): void {
    const now = this.#registry.clock.now();
    const written = this.#registry.store
      .view(resource)
      .list()
      .map((object) => ({ object, at: Math.min(now, lastTime(object) ?? now) }));
    this.#queue = [];
    for (const { object, at } of written.sort((a, b) => a.at - b.at)) this.#expect(object, at);
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#queue = [];
  }

  #expect({ metadata: { namespace, name, resourceVersion } }: Stored, writtenAt: number): void {
    this.#queue.push({ at: writtenAt + keepMs, namespace: namespace ?? '', name, resourceVersion });
  }

  #arm(): void {
    const [next] = this.#queue;
    if (this.#timer !== undefined || next === undefined) return;
    const { clock } = this.#registry;
    this.#timer = clock.schedule(next.at - clock.now(), () => {
      this.#timer = undefined;
      this.#expire();
      this.#arm();
    });
  }

  #expire(): void {
    const { store, clock } = this.#registry;
    if (!store.isReady) return;
    const due = this.#queue.findIndex((one) => one.at > clock.now());
    for (const one of this.#queue.splice(0, due === -1 ? this.#queue.length : due)) {
      const head = store.head(resource, one.namespace, one.name);
      if (head?.metadata.resourceVersion !== one.resourceVersion) continue;
      // A full queue or a storage that is away: the event is found again when the state is next loaded.
      store.write({ type: 'delete', resource, object: head, previous: head }).catch(() => undefined);
    }
  }
}

function lastTime(event: Stored): number | undefined {
  const times = [event.lastTimestamp, event.eventTime, event.metadata.creationTimestamp].map((time) =>
    typeof time === 'string' ? Date.parse(time) : Number.NaN,
  );
  return times.find((time) => !Number.isNaN(time));
}
