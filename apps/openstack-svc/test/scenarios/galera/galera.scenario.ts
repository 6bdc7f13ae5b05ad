import { afterEach, expect, it } from '@jest/globals';
import { ConfigMapKind, type KubeObject, PodKind, StatefulSetKind } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { stateName } from '../../../src/galera/galera.reconciler.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const namespace = 'openstack';
const uuid = '6b2f1b4e-0d5a-11ef-9c3a-0a58a9feac02';
const member = (n: number): string => `mariadb-server-${n}`;
const state = async () => (await world.api.get(ConfigMapKind, { namespace, name: stateName }))?.data;

/** A pod of the database, simulated: its container ended after it had found nobody to join. */
async function alone(n: number, seqno: number): Promise<void> {
  const pod: KubeObject & { spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: member(n), namespace, labels: { application: 'mariadb', component: 'server' } },
    spec: { containers: [{ name: 'mariadb', image: 'mariadb' }] },
  };
  await world.api.create(pod);
  const at = rfc3339(world.clock.now());
  const terminated = { exitCode: 1, message: `${uuid}:${seqno}`, startedAt: at, finishedAt: at };
  const status = { containerStatuses: [{ name: 'mariadb', lastState: { terminated } }] };
  await world.api.patch(PodKind, { namespace, name: member(n) }, { status }, { subresource: 'status' });
}

it('a database that lost all its members is begun by the one with the newest data, and that is forgotten when it serves', async () => {
  world = await aCloudWorld();
  await world.apply(aDeployment());
  await world.until('the database has served', async () => (await state())?.['initialised'] === 'true');
  world.workloads.stuck.add('mariadb-server');
  const set = { namespace, name: 'mariadb-server' };
  await world.api.patch(StatefulSetKind, set, { status: { readyReplicas: 0 } }, { subresource: 'status' });
  await world.until('its fall is noticed', async () => (await state())?.['down_since'] !== undefined, 60);
  await world.clock.advance(5_000);
  await alone(0, 100);
  await alone(1, 104);
  await world.clock.advance(60_000);
  expect((await state())?.['bootstrap']).toBeUndefined();
  await world.kill();
  await alone(2, 103);
  await world.until('one is named', async () => (await state())?.['bootstrap'] !== undefined, 60);
  expect(await state()).toMatchObject({ bootstrap: member(1), 'seqno.mariadb-server-1': '104' });
  world.workloads.stuck.clear();
  await world.until('it is forgotten', async () => (await state())?.['bootstrap'] === undefined, 60);
  expect(await state()).toEqual({ initialised: 'true' });
});
