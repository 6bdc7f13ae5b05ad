import { type Kind, keyText, type KubeObject, type ObjectKey } from '@keelson/api';
import { terminal } from '@keelson/std';

/** What a call does, in the words that messages of failures begin with: one wording for every implementation of the port. */
export const doing = {
  get: (kind: Kind, key: ObjectKey): string => `get ${kind.kind} ${keyText(key)}`,
  list: (kind: Kind, namespace: string | undefined): string => `list ${kind.plural}${inNamespace(namespace)}`,
  watch: (kind: Kind, namespace: string | undefined): string => `watch ${kind.plural}${inNamespace(namespace)}`,
  create: (object: KubeObject): string => `create ${nameOf(object)}`,
  replace: (object: KubeObject): string => `replace ${nameOf(object)}`,
  apply: (object: KubeObject): string => `apply ${nameOf(object)}`,
  patch: (kind: Kind, key: ObjectKey): string => `patch ${kind.kind} ${keyText(key)}`,
  delete: (kind: Kind, key: ObjectKey): string => `delete ${kind.kind} ${keyText(key)}`,
  createToken: (serviceAccount: ObjectKey): string => `create a token of ServiceAccount ${keyText(serviceAccount)}`,
  evict: (pod: ObjectKey): string => `evict Pod ${keyText(pod)}`,
};

function inNamespace(namespace: string | undefined): string {
  return namespace === undefined ? '' : ` in ${namespace}`;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${keyText({ namespace: metadata.namespace, name: metadata.name ?? `${metadata.generateName ?? ''}…` })}`;
}

/** @throws Failure terminal when an object of a namespaced kind is addressed without its namespace */
export function requireNamespace(kind: Pick<Kind, 'kind' | 'scope'>, key: ObjectKey): void {
  if (kind.scope === 'Cluster' || (key.namespace !== undefined && key.namespace !== '')) return;
  throw terminal(`${kind.kind} ${key.name} needs a namespace`, { reason: 'BadRequest' });
}
