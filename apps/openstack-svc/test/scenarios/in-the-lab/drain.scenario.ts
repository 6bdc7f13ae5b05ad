import { describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  clusterSideKinds,
  crdsOf,
  type Kind,
  type KubeObject,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentStatusKind,
  openstackKinds,
  SecretKind,
} from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import { nodeLockReconciler } from '@keelson/mosk';
import { createManager } from '@keelson/reconcile';
import { seededRandom, silentLog } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import {
  aSimulatedOpenStack,
  namespace,
  type SimulatedOpenStack,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { adminSecret } from '../../../src/credentials/admin.js';
import { hypervisorsOver } from '../../../src/locks/hypervisors.js';
import { lockController } from '../../../src/locks/lock-controller.js';
import { nodeLockRules } from '../../../src/locks/nodelock.rules.js';

const object = (kind: Kind, name: string, body: object, within?: string): KubeObject => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, ...(within === undefined ? {} : { namespace: within }) },
  ...body,
});

/** Three computes of the lab's nova, and the service's work on the locks of nodes; of all else only what that reads. */
async function aDrainableCloud(): Promise<SimulatedOpenStack> {
  const cloud = await aSimulatedOpenStack({ computes: 3, serversPerCompute: 3 });
  const { clock, kube } = cloud;
  await cloud.create(...crdsOf([...openstackKinds, ...clusterSideKinds]));
  const lock = { controllerName: lockController.controllerName, nodeName: 'c1' };
  const credential = { username: btoa('admin'), password: btoa('secret') };
  await cloud.create(
    object(SecretKind, adminSecret.name, { data: credential }, namespace),
    object(OpenStackDeploymentStatusKind, 'osh', {}, namespace),
    object(NodeWorkloadLockKind, 'openstack-c1', { spec: lock }),
  );
  const services = { compute: { state: 'APPLIED' } };
  await kube.patch(
    OpenStackDeploymentStatusKind,
    { namespace, name: 'osh' },
    { status: { services } },
    { subresource: 'status' },
  );
  const random = seededRandom('drain');
  const manager = createManager({
    service: 'openstack-svc',
    reconcilers: [nodeLockReconciler(lockController, nodeLockRules(hypervisorsOver(cloud.http)))],
    api: kube,
    bus: memoryBus({ clock, random }),
    records: memoryRecords({ random }),
    clock,
    random,
    log: silentLog,
  });
  await manager.start();
  return cloud;
}

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
    expect((await ask('GET', 'nova-api/v2.1/servers?host=c1')).body.servers).toEqual([]);
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
});
