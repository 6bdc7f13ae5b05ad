import {
  apiVersionOf,
  ClusterRoleBindingKind,
  ClusterRoleKind,
  type ConfigMap,
  type Kind,
  type KubeObject,
  NamespaceKind,
  RoleBindingKind,
  RoleKind,
  ServiceAccountKind,
} from '@keelson/api';
import { accessLabel, accountKey } from '@keelson/contracts';
import { sha256Json, terminal } from '@keelson/std';
import { loadAll } from 'js-yaml';

/** The account that a service has in every cluster. */
export interface Account {
  readonly service: string;
  readonly objects: readonly KubeObject[];
  /** Digest of the objects: other rights are given at once. */
  readonly rights: string;
}

/** An account is made of these, and of nothing that would run. */
const kinds: readonly Kind[] = [
  NamespaceKind,
  ServiceAccountKind,
  ClusterRoleKind,
  ClusterRoleBindingKind,
  RoleKind,
  RoleBindingKind,
];

/** Objects of caches never change, and every look at a cluster reads all accounts. */
const read = new WeakMap<ConfigMap, Account>();

/** @throws Failure terminal, reason `BadAccount`, for a ConfigMap that holds no account */
export function accountIn(map: ConfigMap): Account {
  let account = read.get(map);
  if (account === undefined) read.set(map, (account = parsed(map)));
  return account;
}

function parsed({ metadata, data = {} }: ConfigMap): Account {
  const service = metadata.labels?.[accessLabel] ?? '';
  const refuse = (why: string): Error =>
    terminal(`the ConfigMap ${metadata.namespace ?? ''}/${metadata.name} holds no account of ${service}: ${why}`, {
      reason: 'BadAccount',
    });
  let documents: unknown[];
  try {
    documents = loadAll(data[accountKey] ?? '');
  } catch (cause) {
    throw Object.assign(refuse(`${accountKey} is no YAML`), { cause });
  }
  const objects = documents.map((document) => {
    if (isAccountPart(document)) return document;
    throw refuse('it is made of Namespaces, ServiceAccounts, roles and their bindings alone');
  });
  return { service, objects, rights: sha256Json(objects).slice(0, 16) };
}

function isAccountPart(document: unknown): document is KubeObject {
  if (typeof document !== 'object' || document === null || !('metadata' in document)) return false;
  return kinds.some(
    (kind) => Reflect.get(document, 'kind') === kind.kind && Reflect.get(document, 'apiVersion') === apiVersionOf(kind),
  );
}
