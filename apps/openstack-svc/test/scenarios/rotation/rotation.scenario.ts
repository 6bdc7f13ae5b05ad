import { afterEach, describe, expect, it } from '@jest/globals';
import { JobKind, OpenStackDeploymentKind, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';
import { SimulatedAccounts } from './simulated-accounts.js';

let world: CloudWorld;
let accounts: SimulatedAccounts;
afterEach(() => world.close());

const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const recorded = async (group: string) => (await world.status())?.credentials?.rotation?.[group]?.timestamp;
const secretText = async (name: string, key: string) =>
  textIn(await world.api.get(SecretKind, { namespace: 'openstack', name }), key);

const enough = ['database', 'messaging', 'identity', 'image', 'networking'];
/** As much of a cloud as this takes: the rest would only take time. */
const renderer: Renderer = {
  ...cloudRenderer,
  render: (input) => cloudRenderer.render(input).filter(({ name }) => enough.includes(name)),
};

/** A cloud whose networks have a broker of their own; MariaDB and RabbitMQ know who may log in. */
async function aRunningCloud(): Promise<void> {
  world = await aCloudWorld({ ports: { renderer } });
  accounts = new SimulatedAccounts(world.api);
  world.workloads.doing = async (job) => {
    if (accounts.database.size === 0) await accounts.start();
    return accounts.run(job);
  };
  await world.apply(aDeployment({ preset: 'core' }));
  await world.until('the cloud is applied', isApplied);
  expect(accounts.refused).toEqual([]);
}

function rotate(group: 'admin' | 'service', id: number): Promise<unknown> {
  const patch = { status: { credentials: { [group]: { rotation_id: id } } } };
  return world.api.patch(OpenStackDeploymentKind, cloudKey, patch, { subresource: 'status' });
}

const usersAt = (host: string) => [...(accounts.brokers.get(host)?.keys() ?? [])].sort();
const rotationJobs = async () =>
  (await world.api.list(JobKind)).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.endsWith('-accounts'));

describe('a rotation of administrators', () => {
  it('makes the new accounts with the old ones, and removes these when everything uses the new', async () => {
    await aRunningCloud();
    expect(usersAt('openstack-neutron-rabbitmq')).toEqual(['neutron', 'rabbitmq']);
    await rotate('admin', 1);
    await world.until('the new accounts are there', () => accounts.database.has('root-r1'));
    expect(await secretText('generated-mariadb-admin', 'username')).toBe('root');
    await world.until(
      'they are in force',
      async () => (await secretText('mariadb-etc', 'admin.cnf'))?.includes('root-r1') === true,
    );
    expect([accounts.database.has('root'), await accounts.databaseLetsItsMembersIn()]).toEqual([true, true]);
    await world.until('it is over', async () => (await recorded('admin')) !== undefined);
    await world.until('the cloud is applied', isApplied);
    expect([...accounts.database.keys()].filter((name) => name.startsWith('root'))).toEqual(['root-r1']);
    expect(usersAt('rabbitmq')).toEqual(['glance', 'keystone', 'rabbitmq-r1']);
    expect(usersAt('openstack-neutron-rabbitmq')).toEqual(['neutron', 'rabbitmq-r1']);
    expect(accounts.refused).toEqual([]);
    expect(await rotationJobs()).toEqual([]);
    expect(await secretText('generated-mariadb-admin-backup', 'username')).toBe('root');
    expect(await secretText('generated-mariadb-admin-next', 'username')).toBeUndefined();

    // The next one begins when this one is over, whenever it is asked for.
    await rotate('service', 1);
    await world.until('the second is over', async () => (await recorded('service')) !== undefined);
    const names = ['glance', 'keystone', 'monitor', 'neutron', 'sst'].map((name) => `${name}-r1`);
    expect([...accounts.database.keys()].sort()).toEqual([...names, 'root-r1'].sort());
    expect(usersAt('rabbitmq')).toEqual(['glance-r1', 'keystone-r1', 'rabbitmq-r1']);
    expect([accounts.refused, await accounts.databaseLetsItsMembersIn()]).toEqual([[], true]);
  });

  it('goes on where it was, killed at any moment', async () => {
    await aRunningCloud();
    await rotate('admin', 1);
    for (let i = 0; i < 12; i += 1) {
      await world.clock.advance(700 * (i % 4));
      await world.kill();
      expect(await accounts.databaseLetsItsMembersIn()).toBe(true);
    }
    await world.until('it is over', async () => (await recorded('admin')) !== undefined);
    await world.until('the cloud is applied', isApplied);
    expect([...accounts.database.keys()].filter((name) => name.startsWith('root'))).toEqual(['root-r1']);
    expect(accounts.refused).toEqual([]);
  });

  it('changes nothing while a new account cannot be made, and says so', async () => {
    await aRunningCloud();
    world.workloads.failing.set('mariadb-new-accounts', 3);
    await rotate('admin', 1);
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    expect((await world.status())?.progress?.message).toContain('mariadb-new-accounts failed');
    expect(await secretText('keystone-db-admin', 'admin.cnf')).toContain('user = root\n');
    await world.until('it is over', async () => (await recorded('admin')) !== undefined);
    expect(accounts.database.has('root')).toBe(false);
  });
});
