import type { KubeApi } from '@keelson/kube';
import { terminal } from '@keelson/std';

const refused = (): Promise<never> => Promise.reject(terminal('only reads are expected here'));

/** The API of a cluster that has nothing in it. */
export const silentApi: KubeApi = {
  get: () => Promise.resolve(undefined),
  list: () => Promise.resolve({ items: [], resourceVersion: '1' }),
  watch: () => {
    throw terminal('only reads are expected here');
  },
  create: refused,
  replace: refused,
  apply: refused,
  patch: refused,
  delete: refused,
  createToken: refused,
  evict: refused,
};
