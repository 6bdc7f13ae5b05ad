import { setMaxListeners } from 'node:events';
import type { Kind, KubeObject } from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import type { KubeApi, WatchEvent, WatchOptions } from '@keelson/kube';
import { conflict, type Random, transient } from '@keelson/std';

/**
 * One life of a process. When it is over, nothing that process still does reaches the world: that is what `kill -9` means
 * here. A call under way may or may not have had its effect, as in life.
 */
export class Life {
  readonly #end = new AbortController();

  constructor() {
    // A process has as many watches and subscriptions as it likes; each listens for its end.
    setMaxListeners(0, this.#end.signal);
  }

  get isOver(): boolean {
    return this.#end.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  kill(): void {
    this.#end.abort(new Error('the process was killed'));
  }

  /** A promise of a dead process is never heard of again. */
  async live<A>(call: () => Promise<A>): Promise<A> {
    if (this.isOver) return new Promise<A>(() => undefined);
    const answer = await call();
    return this.isOver ? new Promise<A>(() => undefined) : answer;
  }
}

/** How often calls to the API go wrong, from 0 to 1. */
export interface ApiFaults {
  /** The call fails and had no effect. */
  readonly lostRequest: number;
  /** The call had its effect and its answer is lost. */
  readonly lostAnswer: number;
  /** The call is answered with a conflict, as when another writer was faster. */
  readonly conflict: number;
}

export const noApiFaults: ApiFaults = { lostRequest: 0, lostAnswer: 0, conflict: 0 };

/** The API as a mortal process behind a faulty network sees it. */
export function gatedApi(inner: KubeApi, life: Life, random: Random, faults: () => ApiFaults): KubeApi {
  const through = async <A>(call: () => Promise<A>, isWrite = true): Promise<A> => {
    const { lostRequest, lostAnswer, conflict: refused } = faults();
    const chance = lostRequest + lostAnswer + refused === 0 ? 1 : random.next();
    if (chance < lostRequest) throw transient('the API did not answer (simulated)', { reason: 'Timeout' });
    if (isWrite && chance < lostRequest + refused) throw conflict('the object has been modified (simulated)');
    const answer = await life.live(call);
    if (chance > 1 - lostAnswer) throw transient("the API's answer was lost (simulated)", { reason: 'Timeout' });
    return answer;
  };
  return {
    get: (kind, key) => through(() => inner.get(kind, key), false),
    list: (kind, options) => through(() => inner.list(kind, options), false),
    watch: (kind, options) => gatedWatch(inner, kind, options, life),
    create: (object, options) => through(() => inner.create(object, options)),
    replace: (object, options) => through(() => inner.replace(object, options)),
    apply: (object, options) => through(() => inner.apply(object, options)),
    patch: (kind, key, patch, options) => through(() => inner.patch(kind, key, patch, options)),
    delete: (kind, key, options) => through(() => inner.delete(kind, key, options)),
    createToken: (account, request) => through(() => inner.createToken(account, request)),
    evict: (pod) => through(() => inner.evict(pod)),
  };
}

async function* gatedWatch<T extends KubeObject>(
  inner: KubeApi,
  kind: Kind<T>,
  options: WatchOptions,
  life: Life,
): AsyncGenerator<WatchEvent<T>> {
  const signal = AbortSignal.any([options.signal, life.signal]);
  for await (const event of inner.watch(kind, { ...options, signal })) {
    if (life.isOver) return;
    yield event;
  }
}

/** The bus as a mortal process sees it: its subscriptions end with it. */
export function gatedBus(inner: Bus, life: Life): Bus {
  const mortal = async (subscribing: Promise<Subscription>): Promise<Subscription> => {
    const subscription = await subscribing;
    life.signal.addEventListener('abort', () => void subscription.stop(), { once: true });
    return subscription;
  };
  return {
    publish: (news, payload, options) => life.live(() => inner.publish(news, payload, options)),
    consume: (news, durable, handler) =>
      mortal(inner.consume(news, durable, (payload, meta) => life.live(() => handler(payload, meta)))),
    request: (request, payload, options) => life.live(() => inner.request(request, payload, options)),
    respond: (request, handler) => mortal(inner.respond(request, (payload) => life.live(() => handler(payload)))),
    connected: () => inner.connected(),
    close: () => Promise.resolve(),
  };
}
