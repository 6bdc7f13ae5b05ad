import { setMaxListeners } from 'node:events';
import type { Kind, KubeObject } from '@keelson/api';
import type { KubeApi, WatchEvent, WatchOptions } from '@keelson/kube';
import { transient } from '@keelson/std';

/** An API server that may be killed: while it is down every call fails, and every watch breaks when it goes. */
export class Outage {
  #end = new AbortController();

  constructor() {
    setMaxListeners(0, this.#end.signal);
  }

  get isDown(): boolean {
    return this.#end.signal.aborted;
  }

  begin(): void {
    this.#end.abort(new Error('the API server was killed'));
  }

  end(): void {
    if (!this.isDown) return;
    this.#end = new AbortController();
    setMaxListeners(0, this.#end.signal);
  }

  /** The API as a client sees it through this outage. */
  api(inner: KubeApi): KubeApi {
    const through = async <A>(call: () => Promise<A>): Promise<A> => {
      if (this.isDown) throw this.#refused();
      const { signal } = this.#end;
      const answer = await call();
      // It was killed while it answered: the write may stand, and nobody is told.
      if (signal.aborted) throw this.#refused();
      return answer;
    };
    return {
      get: (kind, key) => through(() => inner.get(kind, key)),
      list: (kind, options) => through(() => inner.list(kind, options)),
      watch: (kind, options) => this.#watch(inner, kind, options),
      create: (object, options) => through(() => inner.create(object, options)),
      replace: (object, options) => through(() => inner.replace(object, options)),
      apply: (object, options) => through(() => inner.apply(object, options)),
      patch: (kind, key, patch, options) => through(() => inner.patch(kind, key, patch, options)),
      delete: (kind, key, options) => through(() => inner.delete(kind, key, options)),
      createToken: (account, request) => through(() => inner.createToken(account, request)),
      evict: (pod) => through(() => inner.evict(pod)),
    };
  }

  async *#watch<T extends KubeObject>(
    inner: KubeApi,
    kind: Kind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    if (this.isDown) throw this.#refused();
    const { signal } = this.#end;
    yield* inner.watch(kind, { ...options, signal: AbortSignal.any([options.signal, signal]) });
    if (signal.aborted && !options.signal.aborted) throw this.#refused();
  }

  #refused(): Error {
    return transient('the API server does not answer: connection refused (simulated)', { reason: 'Unreachable' });
  }
}
