import type { KubeObject, Node } from '@keelson/api';
import { nodeLabels, type NodeRole } from '../names.js';

/** Who holds our locks. */
export const lockController = 'tungstenfabric';

export const clusterLockOf = (operator: string): string => `tf-${operator}`;
export const nodeLockOf = (node: string): string => `tf-${node}`;

const roles = ['config', 'control', 'webUI', 'database', 'analytics', 'vRouter'] as const satisfies readonly NodeRole[];

/** The parts a node has in OpenSDN, by its labels. */
export function rolesOf(node: Pick<Node, 'metadata'> | undefined): readonly NodeRole[] {
  return roles.filter((role) => node?.metadata.labels?.[nodeLabels[role]] === 'enabled');
}

/** Whether a lock is one of ours. */
export function isOurs(lock: KubeObject & { readonly spec: { readonly controllerName: string } }): boolean {
  return lock.spec.controllerName === lockController;
}
