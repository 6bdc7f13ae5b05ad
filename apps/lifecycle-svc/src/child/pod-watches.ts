import { type Pod, PodKind } from '@keelson/api';
import { type Caches, type KubeApi, startCaches } from '@keelson/kube';
import { type Clock, type Log, type Random, type Timer, transient } from '@keelson/std';

export interface PodWatchesOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called when a pod has gone from a node that is followed. */
  readonly onGone: (node: string) => void;
}

/** A node about which nobody has asked for so long is not followed on. */
const idleSeconds = 600;

interface Followed {
  readonly abort: AbortController;
  readonly caches: Promise<Caches>;
  idle: Timer;
}

/** Pods of the nodes of one cluster that are being drained: each followed by a watch from the first question on. */
export class PodWatches {
  readonly #options: PodWatchesOptions;
  readonly #nodes = new Map<string, Followed>();

  constructor(options: PodWatchesOptions) {
    this.#options = options;
  }

  /** @throws Failure transient, reason `Unreachable`, while the pods cannot be followed */
  async on(node: string): Promise<readonly Pod[]> {
    const followed = this.#nodes.get(node) ?? this.#follow(node);
    followed.idle.cancel();
    followed.idle = this.#expiry(node);
    const caches = await followed.caches;
    const lacks = caches.lacks();
    if (lacks !== undefined)
      throw transient(`the pods on ${node} cannot be followed: ${lacks}`, { reason: 'Unreachable' });
    return caches.of(PodKind).list();
  }

  close(): void {
    for (const node of this.#nodes.keys()) this.#forget(node);
  }

  #follow(node: string): Followed {
    const { api, clock, random, log, onGone } = this.#options;
    const abort = new AbortController();
    const caches = startCaches({
      api,
      clock,
      random,
      log,
      signal: abort.signal,
      kinds: [{ kind: PodKind, fieldSelector: `spec.nodeName=${node}` }],
      onEvent: (_kind, type) => {
        if (type === 'DELETED') onGone(node);
      },
    });
    caches.catch(() => undefined);
    const followed = { abort, caches, idle: this.#expiry(node) };
    this.#nodes.set(node, followed);
    return followed;
  }

  #expiry(node: string): Timer {
    return this.#options.clock.schedule(idleSeconds * 1000, () => this.#forget(node));
  }

  #forget(node: string): void {
    const followed = this.#nodes.get(node);
    followed?.idle.cancel();
    followed?.abort.abort(transient(`the pods on ${node} are followed no longer`, { reason: 'CalledOff' }));
    this.#nodes.delete(node);
  }
}
