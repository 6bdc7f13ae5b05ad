import { type Node, type OpenStackDeployment, OpenStackDeploymentKind, openstackNodeLabels } from '@keelson/api';
import type { LockController } from '@keelson/mosk';

export type NodeRole = 'controller' | 'compute' | 'gateway';
const roles: readonly NodeRole[] = ['controller', 'compute', 'gateway'];

/** Which node a lock was made for. */
const originalNodeAnnotation = 'openstack.lcm.mirantis.com/original-node';

/** Beside the status of a lock: `inactive` from the moment on which it is the node's turn until it is back in service. */
export const innerStateAnnotation = 'inner_state';

/** What of a node was taken out of service for its maintenance, as JSON: only that is put back. */
export const takenOutAnnotation = 'keelson.dev/taken-out-of-service';

/** The parts a node has in the cloud, by its labels. */
export function rolesOf(node: Pick<Node, 'metadata'> | undefined): readonly NodeRole[] {
  return roles.filter((role) => node?.metadata.labels?.[openstackNodeLabels[role]] === 'enabled');
}

/** Who holds the locks of the cloud. */
export const lockController: LockController<OpenStackDeployment> = {
  root: 'openstack',
  kind: OpenStackDeploymentKind,
  controllerName: 'openstack',
  title: 'the cloud',
  prefix: 'openstack-',
  hasPart: (node) => rolesOf(node).length > 0,
  isDraft: ({ spec }) => spec.draft === true,
  annotationsOf: (node) => ({ [originalNodeAnnotation]: node }),
};
