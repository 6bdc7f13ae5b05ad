import {
  apiVersionOf,
  ClusterRoleBindingKind,
  ClusterRoleKind,
  ConfigMapKind,
  keyOf,
  keyText,
  type Kind,
  type KubeObject,
  RoleBindingKind,
  RoleKind,
  SecretKind,
  ServiceAccountKind,
  tfPartKinds,
  workloadKinds,
} from '@keelson/api';
import { terminal } from '@keelson/std';

/** Kinds of objects that services of a cloud are made of. */
export const renderedKinds: readonly Kind[] = [
  ServiceAccountKind,
  ClusterRoleKind,
  ClusterRoleBindingKind,
  RoleKind,
  RoleBindingKind,
  SecretKind,
  ConfigMapKind,
  ...workloadKinds,
];

/** All that is applied with objects that are rendered: what OpenSDN consists of besides. */
export const appliedKinds: readonly Kind[] = [...renderedKinds, ...tfPartKinds];

/** @throws Failure terminal for an object of a kind that this service does not apply */
export function kindOf(object: KubeObject): Kind {
  const found = appliedKinds.find((kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion);
  if (found === undefined)
    throw terminal(`rendering made a ${object.apiVersion} ${object.kind}, which is not applied by this service`, {
      reason: 'UnknownKind',
    });
  return found;
}

/** `Deployment openstack/keystone-api`: an object within all that belong to a cloud. */
export function identityOf(object: KubeObject): string {
  return `${object.kind} ${keyText(keyOf(object))}`;
}

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);

/** Whether an object runs for as long as it is there. */
export function isWorkload({ kind }: KubeObject): boolean {
  return workloads.has(kind);
}
