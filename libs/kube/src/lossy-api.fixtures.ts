import type { Kind, KubeObject } from '@keelson/api';
import { transient } from '@keelson/std';
import type { KubeApi, WatchEvent, WatchOptions } from './port.js';

export interface LossyApi {
  readonly api: KubeApi;
  /** Calls so far, such as `list` and `watch 12`. */
  readonly calls: string[];
  /** Nothing is answered and watches break. */
  lose(): void;
  /** Answers again; `forgetful` knows no version to watch from, until a list. */
  restore(how?: 'forgetful'): void;
  /** Every watch ends as if the server had ended it. */
  endWatches(): void;
  /** Calls hang without an answer. */
  hang(): void;
}

/** An API that can be lost, hang and forget, before one that cannot. */
export function lossyApi(inner: KubeApi): LossyApi {
  const calls: string[] = [];
  let state: 'there' | 'lost' | 'hanging' = 'there';
  let forgetful = false;
  let ending = new AbortController();
  const through = async <A>(name: string, call: () => Promise<A>): Promise<A> => {
    calls.push(name);
    if (state === 'lost') throw transient('the API is lost', { reason: 'Unreachable' });
    if (state === 'hanging') return new Promise<A>(() => undefined);
    return call();
  };
  async function* watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    await through(`watch ${options.resourceVersion}`, () => Promise.resolve());
    if (forgetful) throw transient('too old resource version', { reason: 'Expired' });
    yield* inner.watch(kind, { ...options, signal: AbortSignal.any([options.signal, ending.signal]) });
    if (state === 'lost' && !options.signal.aborted) throw transient('the connection broke', { reason: 'Unreachable' });
  }
  const api: KubeApi = {
    get: (kind, key) => through('get', () => inner.get(kind, key)),
    list: (kind, options) =>
      through('list', () => {
        forgetful = false;
        return inner.list(kind, options);
      }),
    watch,
    create: (object, options) => through('create', () => inner.create(object, options)),
    replace: (object, options) => through('replace', () => inner.replace(object, options)),
    apply: (object, options) => through('apply', () => inner.apply(object, options)),
    patch: (kind, key, patch, options) => through('patch', () => inner.patch(kind, key, patch, options)),
    delete: (kind, key, options) => through('delete', () => inner.delete(kind, key, options)),
    createToken: (account, request) => through('createToken', () => inner.createToken(account, request)),
    evict: (pod) => through('evict', () => inner.evict(pod)),
  };
  const endWatches = (): void => {
    ending.abort(new Error('the watches end'));
    ending = new AbortController();
  };
  return {
    api,
    calls,
    endWatches,
    lose() {
      state = 'lost';
      endWatches();
    },
    restore(how) {
      state = 'there';
      forgetful = how === 'forgetful';
    },
    hang: () => void (state = 'hanging'),
  };
}
