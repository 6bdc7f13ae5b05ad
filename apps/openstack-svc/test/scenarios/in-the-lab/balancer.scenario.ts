import { afterEach, describe, expect, it } from '@jest/globals';
import { DRBConfigKind, NodeMaintenanceRequestKind } from '@keelson/api';
import { type Http, transient } from '@keelson/std';
import { refuseFaults } from '@keelson/testing';
import {
  aSimulatedOpenStack,
  namespace,
  type SimulatedOpenStack,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { balancerReconciler } from '../../../src/balancer/balancer.reconciler.js';
import { cloudLoadOver } from '../../../src/balancer/cloud-load.js';
import { object } from './object.fixtures.js';
import { aCloudWith, theService } from './service.fixtures.js';

const faults: string[] = [];
afterEach(() => refuseFaults(faults.splice(0)));
const key = { namespace, name: 'all' };

/** Three computes of the lab's nova with 64 CPUs each, ten instances of four on the first, and the service's work on DRBConfigs. */
async function anUnevenCloud(around: (cloud: SimulatedOpenStack) => Http = ({ http }) => http) {
  const cloud = await aSimulatedOpenStack({ computes: 3 });
  const { kube, front } = cloud;
  await aCloudWith(cloud, { osdpl: { state: 'APPLIED' } });
  const flavor = { id: '4', name: 'm1.large', vcpus: 4, ram: 8192, disk: 80 };
  const guests = Array.from({ length: 10 }, (_, n) =>
    front.cloud.instances.make({ name: `vm-${n}`, host: 'c1', zone: 'nova', project: 'admin', flavor }),
  );
  const reconcilers = [balancerReconciler(cloudLoadOver(around(cloud)))];
  const service = await theService(cloud, 'balancer', { reconcilers, faults });
  const status = async () => (await kube.get(DRBConfigKind, key))?.status;
  const why = () => service.why(DRBConfigKind.kind, key);
  const counts = () => ['c1', 'c2', 'c3'].map((host) => front.cloud.instances.onHost(host).length);
  return { ...cloud, guests, status, why, counts };
}

const config = (collector: string, actuator: object, threshold: number) => {
  const scheduler = { name: 'vm-optimize', load_threshold: threshold };
  const spec = { reconcileInterval: 300, collector: { name: collector }, scheduler, actuator };
  return object(DRBConfigKind, key.name, { spec }, namespace);
};
const moving = { name: 'os-live-migration', max_parallel_migrations: 3 };

describe('the load of computes', () => {
  it('is made even within limits, without what its owners keep, and not while a node is worked on', async () => {
    const cloud = await anUnevenCloud();
    const { kube, create, pass, front, guests, status, why, counts } = cloud;
    for (const guest of guests.slice(0, 2)) guest.tags.add('lcm.mirantis.com:no-drb');
    const apart = guests.slice(2, 4).map(({ id }) => id);
    front.cloud.collection('server_groups').add({ name: 'apart', policy: 'anti-affinity', members: apart });
    await create(object(NodeMaintenanceRequestKind, 'c3', { spec: { nodeName: 'c3', scope: 'os' } }));
    await create(config('nova', { name: 'noop' }, 30));
    await pass(60);
    expect([(await status())?.state, await why()]).toEqual([
      'Paused',
      'DRBConfig all NodeMaintenance < NodeMaintenanceRequest c3',
    ]);
    await kube.delete(NodeMaintenanceRequestKind, { name: 'c3' });
    await pass(90);
    const dry = (await status())?.run;
    expect(new Set(dry?.moves.map(({ state, from }) => `${from} ${state}`))).toEqual(new Set(['c1 Skipped']));
    expect([dry?.moves.length, counts()]).toEqual([6, [10, 0, 0]]);
    await kube.patch(DRBConfigKind, key, { spec: { actuator: moving } });
    await pass(310);
    const first = await status();
    expect([first?.state, first?.run?.moves.map(({ state }) => state), counts()[0]]).toEqual([
      'Watching',
      ['Done', 'Done', 'Done'],
      7,
    ]);
    await pass(700);
    expect(counts()).toEqual([4, 3, 3]);
    expect(guests.slice(0, 2).map(({ host }) => host)).toEqual(['c1', 'c1']);
    expect(new Set(guests.slice(2, 4).map(({ host }) => host)).size).toBe(2);
    const { migrations } = (await cloud.ask('GET', 'nova-api/v2.1/os-migrations')).body;
    expect(migrations).toHaveLength(6);
    await pass(1_800);
    expect([counts(), (await status())?.state]).toEqual([[4, 3, 3], 'Watching']);
  });

  it('is what StackLight has measured: while that is silent nothing moves, and what does not get there is called off', async () => {
    let isSilent = true;
    const {
      create,
      pass,
      clock,
      faults: lab,
      guests,
      status,
      why,
      counts,
      ask,
    } = await anUnevenCloud((cloud) => (request) => {
      if (!request.url.includes('prometheus-server')) return cloud.http(request);
      if (isSilent) return Promise.reject(transient('no such Service', { reason: 'Unreachable' }));
      return Promise.resolve(measured(request.url, cloud));
    });
    await create(config('stacklight', { ...moving, max_parallel_migrations: 1 }, 80));
    await pass(120);
    expect([(await status())?.state, await why()]).toEqual([
      'Unknown',
      'DRBConfig all LoadUnknown < Prometheus stacklight',
    ]);
    lab.inject({ kind: 'migrationStuck', servers: guests.map(({ name }) => name), from: clock.now() });
    isSilent = false;
    await pass(150);
    expect((await status())?.run?.moves).toMatchObject([{ from: 'c1', state: 'Begun' }]);
    await pass(200);
    expect((await status())?.run?.moves).toMatchObject([{ from: 'c1', state: 'Failed' }]);
    const { migrations } = (await ask('GET', 'nova-api/v2.1/os-migrations?status=cancelled')).body;
    expect([migrations.length, counts()]).toEqual([1, [10, 0, 0]]);
  });
});

/** Stands for StackLight's Prometheus. Simulated: each instance keeps six CPUs busy. */
function measured(url: string, { front }: SimulatedOpenStack) {
  const query = new URL(url).searchParams.get('query') ?? '';
  const at = 1_700_000_000;
  const result = query.includes('node_load5')
    ? ['c1', 'c2', 'c3'].map((node) => {
        const busy = front.cloud.instances.onHost(node).length * 6;
        return { metric: { node }, value: [at, String((busy / 64) * 100)] };
      })
    : [...front.cloud.instances.all()].map(({ id }) => ({ metric: { instance_uuid: id }, value: [at, '6'] }));
  const body = { status: 'success', data: { resultType: 'vector', result } };
  return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}
