import { afterEach, describe, expect, it } from '@jest/globals';
import { NodeOutageKind } from '@keelson/api';
import type { PowerAnswer } from '@keelson/contracts';
import { type Http, transient } from '@keelson/std';
import { refuseFaults } from '@keelson/testing';
import {
  aSimulatedOpenStack,
  namespace,
  type SimulatedOpenStack,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { anObject } from '../../../../lab/src/workloads/simulated-cluster.fixtures.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { outageReconciler } from '../../../src/outage/outage.reconciler.js';
import { outagesReconciler } from '../../../src/outage/outages.reconciler.js';
import { podsOver } from '../../../src/outage/pods.js';
import { recoveryOver } from '../../../src/outage/recovery.js';
import { aCloudWith, theService } from './service.fixtures.js';

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
  const { kube, front } = cloud;
  const labels = { app: 'coordination' };
  const affinity = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const pod = {
    containers: [{ name: 'main', image: 'registry/etcd:1' }],
    nodeSelector: { 'openstack-compute-node': 'enabled' },
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [affinity] } },
  };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  const etcd = { name: 'etcd', namespace, labels: { application: 'etcd' } };
  const status = { services: { compute: { state: 'APPLIED' } } };
  await aCloudWith(cloud, status, aDeployment(), anObject('apps/v1', 'StatefulSet', etcd, spec));
  const segment = front.cloud.collection('segments').add({ name: 'all' });
  for (const name of ['c1', 'c2', 'c3'])
    front.cloud.collection('ha-hosts').add({ name, on_maintenance: false, failover_segment_id: segment['id'] });
  const ports = {
    podsOn: podsOver(kube),
    recoveryOf: recoveryOver(losingTheFirstAnswer(cloud.http)),
    powerOf: () => Promise.resolve(bmc.says),
  };
  const reconcilers = [outagesReconciler(), outageReconciler(ports)];
  const service = await theService(cloud, 'outage', { reconcilers, faults });
  await cloud.pass(60);
  const why = () => service.why('NodeOutage', { name: 'c1' });
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
