import { afterEach, describe, expect, it } from '@jest/globals';
import {
  clusterSideKinds,
  crdsOf,
  NodeOutageKind,
  OpenStackDeploymentStatusKind,
  openstackKinds,
  SecretKind,
} from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import type { PowerAnswer } from '@keelson/contracts';
import { createManager } from '@keelson/reconcile';
import { type Http, seededRandom, silentLog, transient } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { refuseFaults } from '@keelson/testing';
import {
  aSimulatedOpenStack,
  namespace,
  type SimulatedOpenStack,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { anObject } from '../../../../lab/src/workloads/simulated-cluster.fixtures.js';
import { adminSecret } from '../../../src/credentials/admin.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { outageReconciler } from '../../../src/outage/outage.reconciler.js';
import { outagesReconciler } from '../../../src/outage/outages.reconciler.js';
import { podsOver } from '../../../src/outage/pods.js';
import { recoveryOver } from '../../../src/outage/recovery.js';
import { object } from './object.fixtures.js';

/** masakari takes the first notification, and nobody hears that it did. */
function losingTheFirstAnswer(http: Http): Http {
  let isLost = false;
  return async (request) => {
    const answer = await http(request);
    if (isLost || request.method !== 'POST' || !request.url.endsWith('/notifications')) return answer;
    isLost = true;
    throw transient('the answer of masakari is lost (injected)', { reason: 'Timeout' });
  };
}

/** Three computes that masakari protects, three instances on each, and a set of three of the cloud's own on them. */
async function aProtectedCloud(bmc: {
  readonly says: PowerAnswer;
}): Promise<SimulatedOpenStack & { readonly why: () => Promise<string> }> {
  const services = ['keystone-api', 'nova-api', 'masakari-api'];
  const cloud = await aSimulatedOpenStack({ computes: 3, serversPerCompute: 3, services });
  const { clock, kube, front } = cloud;
  await cloud.create(...crdsOf([...openstackKinds, ...clusterSideKinds]));
  const labels = { app: 'coordination' };
  const affinity = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const pod = {
    containers: [{ name: 'main', image: 'registry/etcd:1' }],
    nodeSelector: { 'openstack-compute-node': 'enabled' },
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [affinity] } },
  };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  await cloud.create(
    aDeployment(),
    object(SecretKind, adminSecret.name, { data: { username: btoa('admin'), password: btoa('secret') } }, namespace),
    object(OpenStackDeploymentStatusKind, 'osh', {}, namespace),
    anObject('apps/v1', 'StatefulSet', { name: 'etcd', namespace, labels: { application: 'etcd' } }, spec),
  );
  await kube.patch(
    OpenStackDeploymentStatusKind,
    { namespace, name: 'osh' },
    { status: { services: { compute: { state: 'APPLIED' } } } },
    { subresource: 'status' },
  );
  const segment = front.cloud.collection('segments').add({ name: 'all' });
  for (const name of ['c1', 'c2', 'c3'])
    front.cloud.collection('ha-hosts').add({ name, on_maintenance: false, failover_segment_id: segment['id'] });
  const random = seededRandom('outage');
  const ports = {
    podsOn: podsOver(kube),
    recoveryOf: recoveryOver(losingTheFirstAnswer(cloud.http)),
    powerOf: () => Promise.resolve(bmc.says),
  };
  const manager = createManager({
    service: 'openstack-svc',
    reconcilers: [outagesReconciler(), outageReconciler(ports)],
    api: kube,
    bus: memoryBus({ clock, random }),
    records: memoryRecords({ random }),
    clock,
    random,
    log: silentLog,
    onFault: (fault) => faults.push(fault),
  });
  await manager.start();
  await cloud.pass(60);
  const why = async () =>
    (await manager.why('NodeOutage', { name: 'c1' })).chain
      .map(({ object: { kind, name }, reason }) => `${kind} ${name} ${reason ?? ''}`.trim())
      .join(' < ');
  return { ...cloud, why };
}

const faults: string[] = [];
afterEach(() => refuseFaults(faults.splice(0)));

describe('a compute that dies', () => {
  it('has its instances brought back elsewhere by one word to masakari, and is put back in service when it returns', async () => {
    const bmc: { says: PowerAnswer } = { says: { power: 'On', staysOff: false, message: 'its BMC says On' } };
    const { kube, ask, front, pods, pass, hostDown, hostUp, why } = await aProtectedCloud(bmc);
    const status = async () => (await kube.get(NodeOutageKind, { name: 'c1' }))?.status;
    const onIt = async () =>
      (await ask('GET', 'nova-api/v2.1/servers/detail?all_tenants=1&host=c1')).body.servers.length;
    const service = async () => (await ask('GET', 'nova-api/v2.1/os-services?host=c1')).body.services[0];
    const told = () => front.cloud.collection('notifications').list(new URLSearchParams());
    const bound = async () =>
      (await pods(namespace)).filter(({ spec, metadata }) => spec.nodeName === 'c1' && metadata.name.startsWith('etcd'))
        .length;
    await hostDown('c1');
    await pass(100);
    expect([await status(), await bound()]).toEqual([undefined, 1]);
    await pass(50);
    expect(await status()).toMatchObject({ state: 'Recovering', notification: { status: 'running' } });
    expect(await why()).toMatch(/^NodeOutage c1 InstancesRecovering < Masakari /);
    await pass(120);
    expect([told().length, told()[0]?.['status'], await onIt()]).toEqual([1, 'finished', 0]);
    expect([(await status())?.state, await why()]).toEqual(['Confirming', 'NodeOutage c1 NotConfirmed < Node c1']);
    expect([await bound(), (await service()).status]).toEqual([1, 'disabled']);
    bmc.says = { power: 'Off', staysOff: true, message: 'its BMC says Off' };
    await pass(30);
    expect([await bound(), (await status())?.state]).toEqual([0, 'Down']);
    await hostUp('c1');
    await pass(60);
    expect([await status(), (await service()).status, told().length]).toEqual([undefined, 'enabled', 1]);
    const [host] = front.cloud.collection('ha-hosts').list(new URLSearchParams({ name: 'c1' }));
    expect([host?.['on_maintenance'], await bound()]).toEqual([false, 1]);
  });
});
