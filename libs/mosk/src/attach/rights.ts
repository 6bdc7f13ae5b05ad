import { CustomResourceDefinitionKind, type KubeObject, crdOf } from '@keelson/api';
import { type AnyReconciler, type ExtraRights, rbacOf } from '@keelson/reconcile';
import type { ClusterSide } from './attachment.js';

/** The account of a service in a MOSK cluster with all its rights there, as objects: what it declares, and nothing else. Deterministic. */
export function accountIn(
  { service, kinds, rights = [] }: Pick<ClusterSide, 'service' | 'kinds' | 'rights'>,
  reconcilers: readonly AnyReconciler[],
): KubeObject[] {
  return rbacOf(service, reconcilers, [definitionRights(kinds), ...rights]);
}

/** HTTP to the Services of some namespaces by the proxy of the API server. */
export function serviceRights(...namespaces: readonly string[]): ExtraRights {
  const verbs = ['create', 'delete', 'get', 'patch', 'update'];
  return { namespaces, rules: [{ apiGroups: [''], resources: ['services/proxy'], verbs }] };
}

/** Which definitions there are is no secret; only its own may a service bring. */
function definitionRights(kinds: ClusterSide['kinds']): ExtraRights {
  const { group, plural } = CustomResourceDefinitionKind;
  const of = { apiGroups: [group], resources: [plural] };
  const names = kinds.map((kind) => crdOf(kind).metadata.name).sort();
  return {
    rules: [
      { ...of, verbs: ['list'] },
      { ...of, resourceNames: names, verbs: ['create', 'get', 'patch'] },
    ],
  };
}
