import { expect, it } from '@jest/globals';
import type { OpenStackDeployment } from '@keelson/api';
import { anObject } from '../../../../lab/src/workloads/simulated-cluster.fixtures.js';
import { aSimulatedOpenStack } from '../../../../lab/src/openstack/openstack.fixtures.js';
import { networkApiOver } from '../../../src/migration/networks.js';
import { preflight } from '../../../src/migration/preflight.js';

const authUrl = 'http://keystone-api.openstack.svc.cluster.local:5000/v3';
/** No field of it matters to what is asked here. */
const spec = { features: { neutron: { dns_servers: ['192.0.2.53'] } } } as unknown as OpenStackDeployment['spec'];

it('neutron of the lab is read for the checks before the migration, and tells whose controllers are silent', async () => {
  const cloud = await aSimulatedOpenStack({ computes: 2, services: ['keystone-api', 'neutron-server'] });
  const api = networkApiOver(cloud.http)({ username: 'admin', password: 'secret', authUrl, project: 'admin' });
  expect(preflight({ spec, networks: await api.networks() })).toEqual([]);
  const made = await cloud.ask('POST', 'neutron-server/v2.0/networks', {
    network: { name: 'wide', mtu: 1500, 'provider:network_type': 'vxlan' },
  });
  const id: string = made.body.network.id;
  await cloud.ask('POST', 'neutron-server/v2.0/subnets', {
    subnet: { name: 'plain', network_id: id, enable_dhcp: false, dns_nameservers: [], allocation_pools: [] },
  });
  await cloud.ask('POST', 'neutron-server/v2.0/security-group-rules', {
    security_group_rule: { security_group_id: 'x', direction: 'egress' },
  });
  const found = preflight({ spec, networks: await api.networks() }).map(({ check }) => check);
  expect(found).toEqual(['Networks MTU size', 'Networks provider type']);
  expect(await api.silentControllers()).toEqual(['any node']);
  const labels = { application: 'neutron', component: 'ovn-controller' };
  const pod = {
    metadata: { labels },
    spec: { containers: [{ name: 'ovn-controller', image: 'registry/ovn:epoxy-1' }] },
  };
  const metadata = { name: 'ovn-controller-default', namespace: 'openstack' };
  await cloud.create(anObject('apps/v1', 'DaemonSet', metadata, { selector: { matchLabels: labels }, template: pod }));
  await cloud.pass(60);
  expect(await api.silentControllers()).toEqual([]);
});
