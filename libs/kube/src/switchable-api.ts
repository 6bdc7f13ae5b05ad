import type { KubeApi } from './port.js';

/** A KubeApi whose inner one can be exchanged while it is in use: for a renewed token. Watches end with their own. */
export interface SwitchableApi {
  readonly api: KubeApi;
  use(next: KubeApi): void;
}

export function switchableApi(first: KubeApi): SwitchableApi {
  let inner = first;
  const api: KubeApi = {
    get: (kind, key) => inner.get(kind, key),
    list: (kind, options) => inner.list(kind, options),
    watch: (kind, options) => inner.watch(kind, options),
    create: (object, options) => inner.create(object, options),
    replace: (object, options) => inner.replace(object, options),
    apply: (object, options) => inner.apply(object, options),
    patch: (kind, key, patch, options) => inner.patch(kind, key, patch, options),
    delete: (kind, key, options) => inner.delete(kind, key, options),
    createToken: (account, request) => inner.createToken(account, request),
    evict: (pod) => inner.evict(pod),
  };
  return { api, use: (next) => void (inner = next) };
}
