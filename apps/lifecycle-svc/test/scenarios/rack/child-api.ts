import type { KubeApi } from '@keelson/kube';
import { type ClusterWorld, engineBehind } from '@keelson/lab';
import { engineKubeApi } from '@keelson/testing';
import { load } from 'js-yaml';

/** The API of whichever cluster answers at the kubeconfig's server, asked anew with every call. */
export function childApi(clusters: ClusterWorld, kubeconfig: string): KubeApi {
  const server =
    (load(kubeconfig) as { clusters: { cluster: { server: string } }[] }).clusters[0]?.cluster.server ?? '';
  const api = async (): Promise<KubeApi> => engineKubeApi(await engineBehind(clusters.apiAt(server)));
  return {
    get: async (...call) => (await api()).get(...call),
    list: async (...call) => (await api()).list(...call),
    async *watch(...call) {
      yield* (await api()).watch(...call);
    },
    create: async (...call) => (await api()).create(...call),
    replace: async (...call) => (await api()).replace(...call),
    apply: async (...call) => (await api()).apply(...call),
    patch: async (...call) => (await api()).patch(...call),
    delete: async (...call) => (await api()).delete(...call),
    createToken: async (...call) => (await api()).createToken(...call),
    evict: async (...call) => (await api()).evict(...call),
  };
}
