import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  ClusterMaintenanceRequestKind,
  type ClusterRelease,
  ClusterWorkloadLockKind,
  DeploymentKind,
  type Kind,
  type KubeObject,
  NodeDeletionRequestKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import type { MoskPorts } from '../../../src/mosk.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** Names of nodes to the labels of their parts. */
const nodes = {
  'ctl-1': { 'openstack-control-plane': 'enabled' },
  'ctl-2': { 'openstack-control-plane': 'enabled' },
  'cmp-1': { 'openstack-compute-node': 'enabled' },
  'cmp-2': { 'openstack-compute-node': 'enabled' },
  'cmp-3': { 'openstack-compute-node': 'enabled' },
  'osd-1': {},
} as const;

async function aCloud(ports: Partial<MoskPorts> = {}): Promise<void> {
  world = await aCloudWorld({ ports });
  for (const [name, labels] of Object.entries(nodes)) {
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
    await ready(name, true);
  }
  world.hypervisors.hosts = ['cmp-1', 'cmp-2', 'cmp-3'];
  await world.apply(aDeployment());
  await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
  await world.until('the cloud is healthy', async () => (await world.status())?.osdpl?.health === '5/5');
}

const ready = (name: string, is: boolean) =>
  world.api.patch(
    NodeKind,
    { name },
    { status: { conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }] } },
    { subresource: 'status' },
  );

function request(kind: Kind, name: string, spec: object): KubeObject {
  const whole: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name },
    spec,
  };
  return whole;
}
const maintain = (node: string, scope = 'os') =>
  world.apply(request(NodeMaintenanceRequestKind, node, { nodeName: node, scope, release: '21.1.0+26.1' }));
const apiOfImages = { namespace: cloudKey.namespace ?? '', name: 'glance-api' };
const lockOf = async (node: string) =>
  (await world.api.get(NodeWorkloadLockKind, { name: `openstack-${node}` }))?.status;
const until = (node: string, state: string, limit?: number) =>
  world.until(`the lock of ${node} is ${state}`, async () => (await lockOf(node))?.state === state, limit);

describe('workload locks', () => {
  it('are there for the cloud and for each node with a part in it, and for no other', async () => {
    await aCloud();
    await world.clock.advance(5_000);
    const locks = (await world.api.list(NodeWorkloadLockKind)).items;
    expect(locks.map(({ metadata, status }) => [metadata.name, status?.state])).toEqual(
      ['cmp-1', 'cmp-2', 'cmp-3', 'ctl-1', 'ctl-2'].map((node) => [`openstack-${node}`, 'active']),
    );
    expect((await world.api.get(ClusterWorkloadLockKind, { name: 'openstack-osh' }))?.status?.state).toBe('active');
    await world.api.patch(NodeKind, { name: 'cmp-3' }, { metadata: { labels: { 'openstack-compute-node': null } } });
    await world.until('its lock is gone', async () => (await lockOf('cmp-3')) === undefined, 60);
  });

  it('of the cluster is released when the cloud is applied and healthy, and held again', async () => {
    await aCloud();
    await world.apply(request(ClusterMaintenanceRequestKind, 'update', { release: '21.2.0+26.2' }));
    const lock = async () => (await world.api.get(ClusterWorkloadLockKind, { name: 'openstack-osh' }))?.status;
    await world.until('it is released', async () => (await lock())?.state === 'inactive', 60);
    expect((await lock())?.release).toBe('21.2.0+26.2');
    await world.api.delete(ClusterMaintenanceRequestKind, { name: 'update' });
    await world.until('it is held', async () => (await lock())?.state === 'active', 60);
  });

  it('of the cluster is held until the cloud is of the release that the work is for, and has its images', async () => {
    const version = '21.2.0+26.2';
    const images = { openstack: { caracal: { tag: 'b' }, epoxy: { tag: 'b' } } };
    const operator = { name: 'openstack-operator', namespace: 'osh-system', values: { images } };
    const release: ClusterRelease = {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'ClusterRelease',
      metadata: { name: 'mosk-b' },
      spec: { version, helm: { releases: [operator] } },
    };
    await aCloud({ findRelease: async (asked) => (asked === version ? release : undefined) });
    const lock = async () => (await world.api.get(ClusterWorkloadLockKind, { name: 'openstack-osh' }))?.status;
    const image = async () => JSON.stringify((await world.api.get(DeploymentKind, apiOfImages))?.spec?.template);
    await world.apply(request(ClusterMaintenanceRequestKind, 'update', { release: version }));
    await world.until('it says why', async () => (await lock())?.errorMessage !== undefined, 60);
    expect(await lock()).toMatchObject({ state: 'active', errorMessage: expect.stringContaining(version) });
    await world.until('it is released', async () => (await lock())?.state === 'inactive', 600);
    expect((await world.status())?.osdpl).toMatchObject({ release: version, state: 'APPLIED' });
    expect(await image()).toContain('glance:b');
    await world.kill();
    await world.api.delete(ClusterMaintenanceRequestKind, { name: 'update' });
    await world.clock.advance(120_000);
    expect((await world.status())?.osdpl?.release).toBe(version);
    expect(await image()).toContain('glance:b');
  });

  it('of a node is held until the cloud is of the release that the work is for, and takes no turn meanwhile', async () => {
    await aCloud();
    const ask = (node: string, release?: string) =>
      world.apply(request(NodeMaintenanceRequestKind, node, { nodeName: node, scope: 'os', release }));
    await ask('ctl-1', '21.2.0+26.2');
    await world.clock.advance(30_000);
    expect(await lockOf('ctl-1')).toMatchObject({
      state: 'active',
      errorMessage: 'the cloud osh is of 21.1.0+26.1, and the node ctl-1 is to be worked on for 21.2.0+26.2',
    });
    await ask('ctl-2');
    await until('ctl-2', 'inactive', 60);
    await world.api.delete(NodeMaintenanceRequestKind, { name: 'ctl-2' });
    await until('ctl-2', 'active', 60);
    await world.apply(request(ClusterMaintenanceRequestKind, 'update', { release: '21.2.0+26.2' }));
    await until('ctl-1', 'inactive', 600);
    expect((await world.status())?.osdpl?.release).toBe('21.2.0+26.2');
  });

  it('of controllers are released one at a time, and never at the cost of a quorum', async () => {
    await aCloud();
    await maintain('ctl-1');
    await until('ctl-1', 'inactive', 60);
    await maintain('ctl-2');
    await world.clock.advance(60_000);
    expect(await lockOf('ctl-2')).toMatchObject({ state: 'active', errorMessage: expect.stringContaining('ctl-1') });
    await world.api.delete(NodeMaintenanceRequestKind, { name: 'ctl-1' });
    await until('ctl-1', 'active', 60);
    await until('ctl-2', 'inactive', 60);
    await world.api.delete(NodeMaintenanceRequestKind, { name: 'ctl-2' });
    await until('ctl-2', 'active', 60);
    world.workloads.stuck.add('mariadb-server');
    await world.until(
      'the database has lost members',
      async () => (await world.status())?.osdpl?.health !== '5/5',
      120,
    );
    await maintain('ctl-1');
    await world.clock.advance(60_000);
    expect((await lockOf('ctl-1'))?.errorMessage).toContain('a quorum would be lost: mariadb-server');
  });

  it('of controllers are held while a database of OVN has lost a member', async () => {
    await aCloud();
    const labels = { application: 'ovn' };
    const spec = { containers: [{ name: 'ovsdb', image: 'ovn' }] };
    const set: StatefulSet = {
      apiVersion: apiVersionOf(StatefulSetKind),
      kind: StatefulSetKind.kind,
      metadata: { namespace: 'openstack', name: 'ovn-ovsdb-sb', labels },
      spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    };
    world.workloads.most.set('ovn-ovsdb-sb', 2);
    await world.apply(set);
    await world.clock.advance(10_000);
    await maintain('ctl-1');
    await world.clock.advance(60_000);
    expect(await lockOf('ctl-1')).toMatchObject({
      state: 'active',
      errorMessage: expect.stringContaining('a quorum would be lost: ovn-ovsdb-sb has 2 of 3 members'),
    });
    world.workloads.most.delete('ovn-ovsdb-sb');
    await until('ctl-1', 'inactive', 120);
  });
});

describe('a compute node that is to be worked on', () => {
  it('takes no new instances, has its own moved one by one, and comes back', async () => {
    await aCloud();
    for (let i = 0; i < 5; i += 1) world.hypervisors.boot(`vm-${i}`, 'cmp-1');
    await maintain('cmp-1');
    await world.until('it is disabled', () => world.hypervisors.disabled.has('cmp-1'), 60);
    await world.until(
      'it tells what it moves',
      async () => (await lockOf('cmp-1'))?.errorMessage?.includes('being moved') === true,
      60,
    );
    const shares: number[] = [];
    await world.until(
      'it is released',
      async () => {
        const { state, inactivationProgress } = (await lockOf('cmp-1')) ?? {};
        const share = inactivationProgress?.percentage;
        if (share !== undefined && share !== shares.at(-1)) shares.push(share);
        return state === 'inactive';
      },
      600,
    );
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.length).toBeGreaterThan(1);
    expect(world.hypervisors.mostAtOnce).toBe(1);
    expect(await world.hypervisors.instancesOn('cmp-1')).toEqual([]);
    expect((await lockOf('cmp-1'))?.errorMessage).toBeUndefined();
    await ready('cmp-1', false);
    world.hypervisors.down.add('cmp-1');
    await world.api.delete(NodeMaintenanceRequestKind, { name: 'cmp-1' });
    await world.clock.advance(60_000);
    expect((await lockOf('cmp-1'))?.state).toBe('inactive');
    await ready('cmp-1', true);
    world.hypervisors.down.delete('cmp-1');
    await until('cmp-1', 'active', 120);
    expect(world.hypervisors.disabled.has('cmp-1')).toBe(false);
  });

  it('heeds what nodes and owners say of instances, and tells what is left', async () => {
    await aCloud();
    const tag = (action: string) => ({ tags: [`openstack.lcm.mirantis.com:maintenance_action=${action}`] });
    world.hypervisors.boot('moved', 'cmp-1', tag('live_migrate'));
    world.hypervisors.boot('kept', 'cmp-1', tag('poweroff'));
    world.hypervisors.boot('asked', 'cmp-1');
    world.hypervisors.boot('off', 'cmp-1', { status: 'SHUTOFF' });
    await world.api.patch(
      NodeKind,
      { name: 'cmp-1' },
      { metadata: { annotations: { 'openstack.lcm.mirantis.com/instance_migration_mode': 'manual' } } },
    );
    await maintain('cmp-1');
    await world.clock.advance(120_000);
    expect(world.hypervisors.moves).toEqual(['moved']);
    expect(await lockOf('cmp-1')).toMatchObject({
      state: 'active',
      errorMessage: '1 for their owners to see to (notify): asked (asked)',
    });
    world.hypervisors.guests.delete('asked');
    await until('cmp-1', 'inactive', 120);
  });

  it('tries an instance as often as it may, and says that it could not be moved', async () => {
    await aCloud();
    world.hypervisors.boot('vm', 'cmp-1');
    world.hypervisors.stuck.add('vm');
    await maintain('cmp-1');
    await world.until(
      'it is told',
      async () => (await lockOf('cmp-1'))?.errorMessage?.includes('could not be moved') === true,
      300,
    );
    expect(world.hypervisors.moves).toHaveLength(3);
    await world.clock.advance(300_000);
    expect(world.hypervisors.moves).toHaveLength(3);
  });

  it('waits for its availability zone, and for an API that is away', async () => {
    await aCloud();
    world.hypervisors.zones.set('cmp-1', 'north');
    world.hypervisors.zones.set('cmp-2', 'south');
    await maintain('cmp-1');
    await until('cmp-1', 'inactive', 60);
    await maintain('cmp-2');
    await world.clock.advance(60_000);
    expect((await lockOf('cmp-2'))?.errorMessage).toContain('now it is north');
    world.hypervisors.isAway = true;
    await world.clock.advance(60_000);
    expect((await lockOf('cmp-2'))?.errorMessage).toContain('cannot be asked');
    world.hypervisors.isAway = false;
    await world.api.delete(NodeMaintenanceRequestKind, { name: 'cmp-1' });
    await until('cmp-2', 'inactive', 120);
  });

  it('is not given up for deletion while it has instances', async () => {
    await aCloud();
    world.hypervisors.boot('vm', 'cmp-1');
    await world.apply(request(NodeDeletionRequestKind, 'cmp-1', { nodeName: 'cmp-1' }));
    await world.clock.advance(60_000);
    expect((await lockOf('cmp-1'))?.errorMessage).toContain(
      'cannot be deleted: it has 1 instance, vm (vm): move or delete them',
    );
    expect(world.hypervisors.moves).toEqual([]);
    world.hypervisors.guests.delete('vm');
    await until('cmp-1', 'inactive', 60);
  });

  it('leaves the cloud with its node, also when the cloud cannot be told at once', async () => {
    await aCloud();
    world.hypervisors.isAway = true;
    await world.api.delete(NodeKind, { name: 'cmp-3' });
    await world.clock.advance(60_000);
    expect(await lockOf('cmp-3')).toBeDefined();
    world.hypervisors.isAway = false;
    await world.until('its lock is gone', async () => (await lockOf('cmp-3')) === undefined, 600);
    expect(new Set(world.hypervisors.removed)).toEqual(new Set(['cmp-3']));
  });
});
