import { PodKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { PodsOn } from './outage.observe.js';

/** Pods by the API of their cluster. */
export function podsOver(api: Pick<KubeApi, 'list'>): PodsOn {
  return async (node) => (await api.list(PodKind, { fieldSelector: `spec.nodeName=${node}` })).items;
}
