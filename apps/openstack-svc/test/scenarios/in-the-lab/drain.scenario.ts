import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DaemonSetKind,
  type KubeObject,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  PodKind,
} from '@keelson/api';
import { nodeLockReconciler } from '@keelson/mosk';
import { refuseFaults } from '@keelson/testing';
import {
  aSimulatedOpenStack,
  namespace,
  type SimulatedOpenStack,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { anObject } from '../../../../lab/src/workloads/simulated-cluster.fixtures.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { hypervisorsOver } from '../../../src/locks/hypervisors.js';
import { lockController } from '../../../src/locks/lock-controller.js';
import { nodeLockRules } from '../../../src/locks/nodelock.rules.js';
import { podsOver } from '../../../src/outage/pods.js';
import { object } from './object.fixtures.js';
import { aCloudWith, theService } from './service.fixtures.js';

/** Three computes of the lab's nova, and the service's work on the locks of nodes; of all else only what that reads. */
async function aDrainableCloud(
  apis: readonly string[] = [],
  parts: readonly string[] = [],
): Promise<SimulatedOpenStack> {
  const services = ['keystone-api', 'nova-api', ...apis];
  const cloud = await aSimulatedOpenStack({ computes: 3, serversPerCompute: 3, services });
  const lock = { controllerName: lockController.controllerName, nodeName: 'c1' };
  const applied = ['compute', ...parts].map((name) => [name, { state: 'APPLIED' }] as const);
  const status = { services: Object.fromEntries(applied) };
  await aCloudWith(cloud, status, aDeployment(), object(NodeWorkloadLockKind, 'openstack-c1', { spec: lock }));
  const reconcilers = [
    nodeLockReconciler(
      lockController,
      nodeLockRules({ hypervisorsOf: hypervisorsOver(cloud.http), podsOn: podsOver(cloud.kube) }),
    ),
  ];
  await theService(cloud, 'drain', { reconcilers, faults });
  return cloud;
}

const aDaemon = (application: string, component: string): KubeObject => {
  const labels = { application, component };
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry/daemon:1' }] } };
  const nodeSelector = { 'openstack-compute-node': 'enabled' };
  const template = { ...pod, spec: { ...pod.spec, nodeSelector } };
  const spec = { selector: { matchLabels: labels }, template };
  return anObject('apps/v1', 'DaemonSet', { name: component, namespace }, spec);
};

/** A DaemonSet that replaces no pod by itself has another image by now. */
const withNewImage = ({ kube }: SimulatedOpenStack, component: string) =>
  kube.patch(
    DaemonSetKind,
    { namespace, name: component },
    {
      spec: {
        updateStrategy: { type: 'OnDelete', rollingUpdate: null },
        template: { spec: { containers: [{ name: 'main', image: 'registry/daemon:2' }] } },
      },
    },
  );

const faults: string[] = [];
afterEach(() => refuseFaults(faults.splice(0)));

describe('a drain by the API of nova', () => {
  it('calls off a live migration that gets no further, tries it again, and gives the node back', async () => {
    const cloud = await aDrainableCloud();
    const { kube, ask, clock, faults, pass } = cloud;
    const status = async () => (await kube.get(NodeWorkloadLockKind, { name: 'openstack-c1' }))?.status;
    const service = async () => (await ask('GET', 'nova-api/v2.1/os-services?host=c1')).body.services[0];
    const stuck = faults.inject({ kind: 'migrationStuck', servers: ['vm-c1-0'], from: clock.now() });
    await cloud.create(object(NodeMaintenanceRequestKind, 'c1', { spec: { nodeName: 'c1', scope: 'os' } }));
    await pass(120);
    expect(await service()).toMatchObject({ status: 'disabled', disabled_reason: 'maintenance of the node: c1' });
    expect((await status())?.errorMessage).toContain('1 being moved: vm-c1-0');
    await pass(120);
    const { migrations } = (await ask('GET', 'nova-api/v2.1/os-migrations?status=cancelled')).body;
    expect(migrations).toHaveLength(1);
    faults.clear(stuck.id);
    await pass(300);
    expect(await status()).toEqual({ state: 'inactive' });
    expect((await ask('GET', 'nova-api/v2.1/servers?all_tenants=1&host=c1')).body.servers).toEqual([]);
    await kube.delete(NodeMaintenanceRequestKind, { name: 'c1' });
    await pass(60);
    expect([(await status())?.state, (await service()).status]).toEqual(['active', 'enabled']);
  });

  it('leaves a compute disabled that an operator has disabled', async () => {
    const { kube, ask, create, pass } = await aDrainableCloud();
    const service = async () => (await ask('GET', 'nova-api/v2.1/os-services?host=c1')).body.services[0];
    const disabled = { status: 'disabled', disabled_reason: 'it makes a noise' };
    await ask('PUT', `nova-api/v2.1/os-services/${(await service()).id}`, disabled);
    await create(object(NodeMaintenanceRequestKind, 'c1', { spec: { nodeName: 'c1', scope: 'drain' } }));
    await pass(60);
    const state = async () => (await kube.get(NodeWorkloadLockKind, { name: 'openstack-c1' }))?.status?.state;
    expect(await state()).toBe('inactive');
    await kube.delete(NodeMaintenanceRequestKind, { name: 'c1' });
    await pass(60);
    expect([await state(), (await service()).disabled_reason]).toEqual(['active', 'it makes a noise']);
  });

  it('takes agents, volume services and instance HA of the node out of service and puts back what it took', async () => {
    const apis = ['neutron-server', 'cinder-api', 'masakari-api'];
    const { kube, front, create, pass, ask } = await aDrainableCloud(apis, [
      'networking',
      'block-storage',
      'instance-ha',
    ]);
    await create(aDaemon('neutron', 'l3-agent'), aDaemon('neutron', 'neutron-ovs-agent'), aDaemon('cinder', 'volume'));
    await pass(30);
    const collection = (name: string) => front.cloud.collection(name);
    const segment = collection('segments').add({ name: 'all' });
    collection('ha-hosts').add({ name: 'c1', on_maintenance: false, failover_segment_id: segment['id'] });
    await ask('PUT', 'cinder-api/v3/admin/os-services/disable', { binary: 'cinder-volume', host: 'c2' });
    const parts = async () => {
      const { agents } = (await ask('GET', 'neutron-server/v2.0/agents?host=c1')).body;
      const volumes = (await ask('GET', 'cinder-api/v3/admin/os-services')).body.services;
      return {
        agents: agents.map((one: { binary: string; admin_state_up: boolean }) => [one.binary, one.admin_state_up]),
        volumes: volumes.map((one: { host: string; status: string }) => [one.host, one.status]),
        onMaintenance: collection('ha-hosts').list(new URLSearchParams())[0]?.['on_maintenance'],
      };
    };
    const before = await parts();
    await create(object(NodeMaintenanceRequestKind, 'c1', { spec: { nodeName: 'c1', scope: 'drain' } }));
    await pass(60);
    expect(await parts()).toEqual({
      agents: [
        ['neutron-l3-agent', false],
        ['neutron-openvswitch-agent', true],
      ],
      volumes: [
        ['c1', 'disabled'],
        ['c2', 'disabled'],
        ['c3', 'enabled'],
      ],
      onMaintenance: true,
    });
    await kube.delete(NodeMaintenanceRequestKind, { name: 'c1' });
    await pass(60);
    expect(await parts()).toEqual(before);
  });

  it('replaces what is out of date on the node that comes back, and there alone', async () => {
    const cloud = await aDrainableCloud(['neutron-server'], ['networking']);
    const { kube, create, pass, ask } = cloud;
    await create(aDaemon('neutron', 'l3-agent'));
    await pass(30);
    const lock = async () => (await kube.get(NodeWorkloadLockKind, { name: 'openstack-c1' }))?.status;
    const images = async () =>
      (await kube.list(PodKind, { namespace, labelSelector: 'component=l3-agent' })).items
        .map(({ spec }) => `${spec?.nodeName} ${spec?.containers?.[0]?.image}`)
        .sort();
    await create(object(NodeMaintenanceRequestKind, 'c1', { spec: { nodeName: 'c1', scope: 'os' } }));
    await pass(300);
    expect(await lock()).toEqual({ state: 'inactive' });
    await withNewImage(cloud, 'l3-agent');
    await pass(60);
    expect(await images()).toEqual(['c1', 'c2', 'c3'].map((node) => `${node} registry/daemon:1`));
    await kube.delete(NodeMaintenanceRequestKind, { name: 'c1' });
    const told = new Set<string>();
    for (let seconds = 0; seconds < 120; seconds += 1) {
      await pass(1);
      told.add((await lock())?.errorMessage ?? 'nothing');
    }
    expect([...told]).toEqual(['waits for the DaemonSet l3-agent to make its pod on c1', 'nothing']);
    expect(await images()).toEqual(['c1 registry/daemon:2', 'c2 registry/daemon:1', 'c3 registry/daemon:1']);
    expect(await lock()).toEqual({ state: 'active' });
    const { agents } = (await ask('GET', 'neutron-server/v2.0/agents?host=c1')).body;
    expect(agents).toMatchObject([{ alive: true, admin_state_up: true }]);
  });
});
