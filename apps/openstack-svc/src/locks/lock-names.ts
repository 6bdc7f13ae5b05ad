import type { KubeObject, Node } from '@keelson/api';
import { openstackNodeLabels } from '@keelson/api';

/** Who holds our locks. */
export const lockController = 'openstack';
/** Which node a lock was made for. */
export const originalNodeAnnotation = 'openstack.lcm.mirantis.com/original-node';
/** Our own view of the lock, beside its status: `active` or `inactive`. */
export const innerStateAnnotation = 'inner_state';

export const clusterLockOf = (deployment: string): string => `openstack-${deployment}`;
export const nodeLockOf = (node: string): string => `openstack-${node}`;

export type NodeRole = 'controller' | 'compute' | 'gateway';
const roles: readonly NodeRole[] = ['controller', 'compute', 'gateway'];

/** The parts a node has in the cloud, by its labels. */
export function rolesOf(node: Pick<Node, 'metadata'> | undefined): readonly NodeRole[] {
  return roles.filter((role) => node?.metadata.labels?.[openstackNodeLabels[role]] === 'enabled');
}

/** Whether a lock is one of ours. */
export function isOurs(lock: KubeObject & { readonly spec: { readonly controllerName: string } }): boolean {
  return lock.spec.controllerName === lockController;
}
