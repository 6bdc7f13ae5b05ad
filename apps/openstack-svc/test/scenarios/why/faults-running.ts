import {
  apiVersionOf,
  ClusterMaintenanceRequestKind,
  ConfigMapKind,
  type Kind,
  type KubeObject,
  NodeMaintenanceRequestKind,
  NodeOutageKind,
  NodeWorkloadLockKind,
  StatefulSetKind,
} from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import type { Fault } from './fault.js';
import { type FaultyCloud, namespace } from './faulty-cloud.js';
import { lost } from './faults-applying.js';

const database = { namespace, name: 'mariadb-server' };

/** All members of the database are down, and each of them has told this of its data. */
const fallen =
  (...histories: readonly string[]) =>
  async (cloud: FaultyCloud): Promise<void> => {
    const { world } = cloud;
    const state = async (): Promise<Readonly<Record<string, string>>> =>
      (await world.api.get(ConfigMapKind, { namespace, name: 'mariadb-mariadb-state' }))?.data ?? {};
    await world.until('the database has served', async () => (await state())['initialised'] === 'true');
    world.workloads.stuck.add(database.name);
    await world.api.patch(StatefulSetKind, database, { status: { readyReplicas: 0 } }, { subresource: 'status' });
    await world.until('its fall is noticed', async () => (await state())['down_since'] !== undefined, 60);
    await world.clock.advance(1_000);
    for (const [n, history] of histories.entries()) {
      const at = rfc3339(world.clock.now());
      const terminated = { exitCode: 1, message: `${history}:10${n}`, startedAt: at, finishedAt: at };
      const status = { containerStatuses: [{ name: 'mariadb', lastState: { terminated } }] };
      await cloud.pod(`mariadb-server-${n}`, { application: 'mariadb', component: 'server' }, status);
    }
  };

const well = async (cloud: FaultyCloud): Promise<void> => {
  cloud.world.workloads.stuck.clear();
  cloud.complaint.message = undefined;
  await cloud.noPods();
  await cloud.world.until(
    'the database serves',
    async () => (await cloud.world.api.get(StatefulSetKind, database))?.status?.readyReplicas === 3,
  );
};

const histories = ['6b2f1b4e-0d5a-11ef-9c3a-0a58a9feac02', '7b2f1b4e-0d5a-11ef-9c3a-0a58a9feac02'] as const;
const raft = { cluster: 'c', standing: 'cluster member', role: 'follower', term: 2, hasLeader: false, lastEntry: 9 };
const servers = [0, 1, 2].map((n) => ({
  id: `000${n}`,
  address: `tcp:ovn-ovsdb-nb-${n}.ovn:6643`,
  hasEntry: 9,
  silentMs: 0,
}));

function objectOf(kind: Kind, metadata: KubeObject['metadata'], spec: object): KubeObject & { readonly spec: object } {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, spec };
}

/** The northbound database has no leader; its set is all that this cloud has of OVN. */
async function leaderless({ world, members }: FaultyCloud): Promise<void> {
  const labels = { application: 'ovn', component: 'ovn-ovsdb-nb' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'ovsdb', image: 'ovn' }] } };
  const name = 'ovn-ovsdb-nb';
  const leads = (n: number): object => (n === 0 ? { role: 'leader', hasLeader: true } : { hasLeader: true });
  const tell = (more: (n: number) => object): void => {
    for (const n of [0, 1, 2]) {
      const status = { ...raft, server: `000${n}`, servers, ...more(n) };
      members.set(`${name}-${n}`, { raft: status, bytes: 1, ordered: undefined, compactOrdered: undefined });
    }
  };
  tell(leads);
  await world.apply(
    objectOf(
      StatefulSetKind,
      { name, namespace },
      { replicas: 3, serviceName: name, selector: { matchLabels: labels }, template },
    ),
  );
  await world.clock.advance(120_000);
  tell(() => ({}));
  // Its members are asked once a minute.
  await world.until(
    'they are asked',
    async () => {
      const map = await world.api.get(ConfigMapKind, { namespace, name: 'ovn-ovsdb-state' });
      return map?.data?.['nb.down-since'] !== undefined;
    },
    120,
  );
}

const maintained = (node: string): KubeObject =>
  objectOf(NodeMaintenanceRequestKind, { name: node }, { nodeName: node, scope: 'os', release: '21.1.0+26.1' });

/** Until the lock tells: the cloud is asked every few seconds, it does not tell by itself. */
const lockTells = (cloud: FaultyCloud, node: string, text: string): Promise<void> =>
  cloud.world.until(
    `the lock of ${node} tells`,
    async () =>
      (await cloud.world.api.get(NodeWorkloadLockKind, { name: `openstack-${node}` }))?.status?.errorMessage?.includes(
        text,
      ) === true,
    600,
  );

const unmaintained = async ({ world }: FaultyCloud): Promise<void> => {
  world.hypervisors.guests.clear();
  world.hypervisors.isAway = false;
  for (const { metadata } of (await world.api.list(NodeMaintenanceRequestKind)).items)
    await world.api.delete(NodeMaintenanceRequestKind, { name: metadata.name });
  await world.until('all locks are held', async () => {
    const locks = (await world.api.list(NodeWorkloadLockKind)).items;
    return locks.every(({ status }) => status?.state === 'active' && status.errorMessage === undefined);
  });
};

const away =
  (state: Partial<FaultyCloud['recovery']>, text: string) =>
  async (cloud: FaultyCloud): Promise<void> => {
    Object.assign(cloud.recovery, { isSilent: false, isUp: false, ended: undefined, ...state });
    await cloud.node('cmp-2', false);
    await cloud.world.until(
      'the outage tells',
      async () =>
        (await cloud.world.api.get(NodeOutageKind, { name: 'cmp-2' }))?.status?.progress?.message?.includes(text) ===
        true,
      600,
    );
  };

const returned = async (cloud: FaultyCloud): Promise<void> => {
  Object.assign(cloud.recovery, { isSilent: false, isUp: true, ended: 'finished' });
  await cloud.node('cmp-2', true);
  await cloud.world.until(
    'it is forgotten',
    async () => (await cloud.world.api.get(NodeOutageKind, { name: 'cmp-2' })) === undefined,
    600,
  );
};

/** What is wrong with a cloud that is applied, and what holds work on its nodes up. */
export const runningFaults: readonly Fault[] = [
  {
    name: 'all members of the database are down and do not tell what they have',
    act: fallen(),
    cure: well,
    cause: { kind: 'StatefulSet', name: 'mariadb-server' },
    says: /all members of the database are down; mariadb-server-0, .* did not tell how far its data goes/,
    isMoving: false,
  },
  {
    name: 'members of the database have different histories',
    act: fallen(histories[0], histories[1], histories[0]),
    cure: well,
    cause: { kind: 'StatefulSet', name: 'mariadb-server' },
    says: /members of the database have different histories/,
    isMoving: false,
  },
  {
    name: 'a database of OVN has no leader',
    act: leaderless,
    cure: async ({ world, members }) => {
      members.clear();
      await world.api.delete(StatefulSetKind, { namespace, name: 'ovn-ovsdb-nb' });
      await world.api.delete(ConfigMapKind, { namespace, name: 'ovn-ovsdb-state' });
    },
    cause: { kind: 'StatefulSet', name: 'ovn-ovsdb-nb' },
    says: /the northbound database has no leader/,
    isMoving: false,
  },
  {
    name: 'a workload loses its pods',
    act: (cloud) => lost(cloud, 'glance-api'),
    cure: well,
    cause: { kind: 'Deployment', name: 'glance-api' },
    says: /Deployment openstack\/glance-api is not healthy/,
    isMoving: false,
  },
  {
    name: 'an API complains',
    act: async (cloud) => {
      cloud.complaint.message = 'nova-conductor on ctl-1 is down';
      await cloud.world.until('it is believed', async () => (await cloud.world.status())?.osdpl?.health === '4/5', 180);
    },
    cure: well,
    cause: { kind: 'OpenStackAPI', name: 'nova' },
    says: /nova-conductor on ctl-1 is down/,
    isMoving: false,
  },
  {
    name: 'an instance cannot leave its node',
    of: ['NodeWorkloadLock', 'openstack-cmp-1'],
    act: async (cloud) => {
      cloud.world.hypervisors.boot('vm', 'cmp-1');
      cloud.world.hypervisors.stuck.add('vm');
      await cloud.world.apply(maintained('cmp-1'));
      await lockTells(cloud, 'cmp-1', 'could not be moved');
    },
    cure: unmaintained,
    cause: { kind: 'Instance', name: 'vm' },
    says: /could not be moved/,
  },
  {
    name: 'operators have disabled all other hypervisors',
    of: ['NodeWorkloadLock', 'openstack-cmp-1'],
    act: async (cloud) => {
      const { hypervisors } = cloud.world;
      for (const host of ['cmp-2', 'cmp-3']) hypervisors.disabled.set(host, 'disk to be replaced');
      hypervisors.boot('vm-2', 'cmp-1');
      await cloud.world.apply(maintained('cmp-1'));
      await lockTells(cloud, 'cmp-1', 'could not be moved');
    },
    cure: async (cloud) => {
      cloud.world.hypervisors.disabled.clear();
      await unmaintained(cloud);
    },
    cause: { kind: 'Instance', name: 'vm-2' },
    says: /1 could not be moved: vm-2/,
  },
  {
    name: 'the compute API is away while a node is to be drained',
    of: ['NodeWorkloadLock', 'openstack-cmp-2'],
    act: async (cloud) => {
      cloud.world.hypervisors.isAway = true;
      await cloud.world.apply(maintained('cmp-2'));
      await lockTells(cloud, 'cmp-2', 'cannot be asked');
    },
    cure: unmaintained,
    cause: { kind: 'Nova', name: 'cmp-2' },
    says: /the compute API cannot be asked: the compute API does not answer/,
  },
  {
    name: 'a cluster is to be worked on while its cloud is not healthy',
    of: ['ClusterWorkloadLock', 'openstack-osh'],
    act: async (cloud) => {
      await lost(cloud, 'glance-api');
      await cloud.world.apply(objectOf(ClusterMaintenanceRequestKind, { name: 'update' }, { release: '21.2.0+26.2' }));
    },
    cure: async (cloud) => {
      await cloud.world.api.delete(ClusterMaintenanceRequestKind, { name: 'update' });
      await well(cloud);
    },
    cause: { kind: 'Deployment', name: 'glance-api' },
    says: /the cloud osh is not healthy: 4\/5: Deployment openstack\/glance-api is not healthy/,
  },
  {
    name: 'a node is away and its nova-compute still reports itself',
    of: ['NodeOutage', 'cmp-2'],
    act: away({ isUp: true }, 'still reports itself'),
    cure: returned,
    cause: { kind: 'Nova', name: 'cmp-2' },
    says: /nova-compute on cmp-2 still reports itself/,
    isMoving: true,
  },
  {
    name: 'a node is away and the cloud cannot be asked',
    of: ['NodeOutage', 'cmp-2'],
    act: away({ isSilent: true }, 'cannot be asked'),
    cure: returned,
    cause: { kind: 'OpenStack', name: 'cmp-2' },
    says: /the cloud cannot be asked: nova does not answer/,
    isMoving: true,
  },
  {
    name: 'instances of a node do not come back elsewhere',
    of: ['NodeOutage', 'cmp-2'],
    act: away({ ended: 'failed' }, 'has ended the notification'),
    cure: returned,
    cause: { kind: 'Masakari', name: 'n-1' },
    says: /Masakari has ended the notification n-1 about cmp-2 as failed/,
    isMoving: false,
  },
];
