import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, NodeDeletionRequestKind, NodeWorkloadLockKind } from '@keelson/api';
import { parseOptions } from './maintenance-options.js';
import { verdictOf } from './nodelock.plan.js';
import type { NodeLockWorld } from './nodelock.world.js';

/** A node that is to be deleted and whose turn it is; all of it is out of service. */
function aLeavingNode(more: Partial<NodeLockWorld> = {}): NodeLockWorld {
  const [name, nodeName] = ['openstack-n1', 'n1'];
  return {
    now: 0,
    lock: {
      apiVersion: apiVersionOf(NodeWorkloadLockKind),
      kind: 'NodeWorkloadLock',
      metadata: { name },
      spec: { controllerName: 'openstack', nodeName },
    },
    deletion: {
      apiVersion: apiVersionOf(NodeDeletionRequestKind),
      kind: 'NodeDeletionRequest',
      metadata: { name: nodeName },
      spec: { nodeName },
    },
    isOurs: true,
    node: undefined,
    request: undefined,
    roles: ['gateway'],
    options: parseOptions(''),
    isMarked: true,
    notItsTurn: undefined,
    gathersForSeconds: 0,
    quorums: [],
    isCompute: false,
    cloud: undefined,
    volumes: [],
    otherGateways: 1,
    hasParts: true,
    takenOut: { parts: [], isDone: true },
    service: undefined,
    isToBeClosed: false,
    compute: undefined,
    trouble: undefined,
    ...more,
  };
}
const hindrance = (more: Partial<NodeLockWorld>): string | undefined => verdictOf(aLeavingNode(more)).hindrance;

describe('a node that is to be deleted', () => {
  it('is let go when nothing of the cloud would be lost with it', () => {
    expect(verdictOf(aLeavingNode()).state).toBe('inactive');
  });

  it('is kept as the last gateway', () => {
    expect(hindrance({ otherGateways: 0 })).toBe(
      'the node cannot be deleted: it is the last gateway of the cloud: label another node openstack-gateway=enabled first',
    );
  });

  it('is kept while its disks hold volumes, unless that check is switched off', () => {
    const volumes = [{ id: 'v1', name: 'data' }];
    expect(hindrance({ volumes })).toContain('its disks hold 1 volume, data (v1): migrate or delete them');
    expect(
      hindrance({ volumes, options: parseOptions('[maintenance]\nndr_skip_volume_check = true') }),
    ).toBeUndefined();
  });

  it('is kept where a quorum would be lost', () => {
    const quorums = ['mariadb-server has 2 of 3 members'];
    expect(hindrance({ roles: ['controller'], quorums })).toBe(
      'a quorum would be lost: mariadb-server has 2 of 3 members; bring the missing members back first',
    );
  });
});
