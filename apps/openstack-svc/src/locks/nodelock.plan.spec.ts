import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, NodeDeletionRequestKind, NodeWorkloadLockKind } from '@keelson/api';
import type { HostPart } from '@keelson/openstack';
import { exodusOf } from './instances.js';
import { parseOptions } from './maintenance-options.js';
import { verdictOf } from './nodelock.plan.js';
import type { NodeReturn } from './node-return.js';
import type { ComputeView, NodeLockWorld } from './nodelock.world.js';

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
    isProtecting: true,
    node: undefined,
    request: undefined,
    roles: ['gateway'],
    options: parseOptions(''),
    isMarked: true,
    otherRelease: undefined,
    notItsTurn: undefined,
    gathersForSeconds: 0,
    quorums: [],
    isCompute: false,
    cloud: undefined,
    volumes: [],
    otherGateways: 1,
    hasParts: true,
    takenOut: { parts: [], heardOf: [], isDone: true },
    comeback: undefined,
    silent: undefined,
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

describe('a node that is back from its maintenance', () => {
  const agent: HostPart = { type: 'network', id: 'a1', what: 'the Open vSwitch agent' };
  const l3: HostPart = { type: 'network', id: 'a2', what: 'the L3 agent' };
  const well: NodeReturn = { outdated: [], lacking: [], late: [] };
  const old = { namespace: 'openstack', name: 'ovs-x', uid: 'u', of: 'ovs/3' };
  const late = { namespace: 'openstack', name: 'ovs-y', owner: 'DaemonSet ovs', trouble: undefined };
  const service = {
    id: 's',
    host: 'n1',
    zone: 'nova',
    isUp: true,
    isEnabled: false,
    disabledReason: 'maintenance of the node: n1',
  };
  const onIt = (status: string): ComputeView => {
    const instances = [{ id: 'i', name: 'i', status, task: null, tags: [], host: 'n1' }];
    const exodus = exodusOf(instances, 'live', { attempts: 3, now: 0 }, () => ({ count: 0, at: 0 }));
    return { exodus, instances, most: 0, moves: [] };
  };
  const aReturning = (more: Partial<NodeLockWorld> = {}): NodeLockWorld => ({
    ...aLeavingNode(),
    deletion: undefined,
    node: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
    takenOut: { parts: [l3], heardOf: [agent, l3], isDone: true },
    comeback: well,
    silent: [],
    isCompute: true,
    compute: onIt('SHUTOFF'),
    service,
    ...more,
  });
  const told = (more: Partial<NodeLockWorld>) => {
    const { hindrance, on, steps = [] } = verdictOf(aReturning(more));
    return [hindrance, on?.kind, on?.name, ...steps.map(({ type }) => type)];
  };

  it('has what is out of date replaced first, but not while instances run on it', () => {
    const comeback = { ...well, outdated: [old], late: [late] };
    const replaced = ['pods of the data plane get the images of their DaemonSets', undefined, undefined, 'renew'];
    const kept = ['waits for the pod ovs-y of n1 to be Ready', 'Pod', 'ovs-y'];
    expect(told({ comeback })).toEqual(replaced);
    expect(told({ comeback, isCompute: false, compute: undefined })).toEqual(replaced);
    expect(told({ comeback, compute: onIt('ACTIVE') })).toEqual(kept);
    expect(told({ comeback, compute: undefined })).toEqual(kept);
  });

  it('waits for its pods, and names the one with a trouble first', () => {
    const sick = { ...late, name: 'ovs-z', trouble: 'the image i of its pod ovs-z cannot be pulled' };
    expect(told({ comeback: { ...well, late: [late, sick] } })).toEqual([
      'waits for the DaemonSet ovs: the image i of its pod ovs-z cannot be pulled (and 1 more of n1)',
      'Pod',
      'ovs-z',
    ]);
    expect(told({ comeback: { ...well, lacking: ['ovs'] } })).toEqual([
      'waits for the DaemonSet ovs to make its pod on n1',
      'DaemonSet',
      'ovs',
    ]);
  });

  it('waits for what was heard of before, and says when it cannot ask', () => {
    expect(told({ silent: [agent] })).toEqual([
      'waits for the Open vSwitch agent to report itself to neutron: look at the log of its pod, or delete it from neutron where it is not to come back',
      'NetworkAgent',
      'a1',
    ]);
    expect(told({ silent: undefined, trouble: 'it does not answer' })[0]).toBe(
      'the cloud cannot be asked for agents and volume services of the node: it does not answer',
    );
  });

  it('takes work when all of it is there: agents first, then instances', () => {
    const none = { parts: [], heardOf: [], isDone: true };
    expect(told({ service: { ...service, isUp: false } })[0]).toBe('waits for nova-compute to be up');
    expect(told({}).at(-1)).toBe('takeBack');
    expect(told({ takenOut: none, silent: undefined }).at(-1)).toBe('enable');
    expect(verdictOf(aReturning({ takenOut: none, service: { ...service, isEnabled: true } }))).toMatchObject({
      state: 'active',
      steps: [{ type: 'mark', as: 'active' }],
    });
  });
});
