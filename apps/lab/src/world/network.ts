import type { Kind, KubeObject } from '@keelson/api';
import type { KubeApi, WatchEvent, WatchOptions } from '@keelson/kube';
import { type Clock, transient } from '@keelson/std';

/** A network link that faults can cut. */
export interface Link {
  isCut(): boolean;
  /** Calls the listener when the link may have been cut; gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** A KubeApi whose network can be cut: calls fail, open watches break. */
export function cuttableApi(inner: KubeApi, link: Link): KubeApi {
  const through = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (link.isCut()) throw cut();
      const answer = await call(...args);
      // An answer can be lost too: then the caller does not know what came of it.
      if (link.isCut()) throw cut();
      return answer;
    };
  };
  return {
    get: (kind, key) => through(() => inner.get(kind, key))(),
    list: (kind, options) => through(() => inner.list(kind, options))(),
    watch: (kind, options) => cuttableWatch(inner, kind, options, link),
    create: (object, options) => through(() => inner.create(object, options))(),
    replace: (object, options) => through(() => inner.replace(object, options))(),
    apply: (object, options) => through(() => inner.apply(object, options))(),
    patch: (kind, key, patch, options) => through(() => inner.patch(kind, key, patch, options))(),
    delete: (kind, key, options) => through(() => inner.delete(kind, key, options))(),
    createToken: (account, request) => through(() => inner.createToken(account, request))(),
    evict: (pod) => through(() => inner.evict(pod))(),
  };
}

async function* cuttableWatch<T extends KubeObject>(
  inner: KubeApi,
  kind: Kind<T>,
  options: WatchOptions,
  link: Link,
): AsyncGenerator<WatchEvent<T>> {
  if (link.isCut()) throw cut();
  const breaking = new AbortController();
  const stop = (): void => breaking.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  const unsubscribe = link.subscribe(() => {
    if (link.isCut()) stop();
  });
  try {
    for await (const event of inner.watch(kind, { ...options, signal: breaking.signal })) {
      if (link.isCut()) throw cut();
      yield event;
    }
    if (breaking.signal.aborted && !options.signal.aborted) throw cut();
  } finally {
    unsubscribe();
    options.signal.removeEventListener('abort', stop);
  }
}

function cut(): Error {
  return transient('the management API cannot be reached: network is unreachable (simulated fault)', {
    reason: 'Unreachable',
  });
}

/** The deadline of an exchange in process: what `systemHttp` does with sockets. */
export function within<T>(clock: Clock, timeoutMs: number, what: string, answering: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(timeoutMs, () =>
      reject(transient(`${what}: no answer within ${timeoutMs} ms`, { reason: 'Timeout' })),
    );
    answering.then(resolve, reject).finally(() => timer.cancel());
  });
}
