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
  expect(found).toEqual(['Networks MTU size']);
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

it('what agents of Open vSwitch leave in neutron of the lab is found and removed', async () => {
  const cloud = await aSimulatedOpenStack({ computes: 2, services: ['keystone-api', 'neutron-server'] });
  const api = networkApiOver(cloud.http)({ username: 'admin', password: 'secret', authUrl, project: 'admin' });
  const made = await cloud.ask('POST', 'neutron-server/v2.0/networks', { network: { name: 'HA network tenant t' } });
  const network: string = made.body.network.id;
  for (const owner of ['network:dhcp', 'network:router_ha_interface', 'compute:nova'])
    await cloud.ask('POST', 'neutron-server/v2.0/ports', { port: { network_id: network, device_owner: owner } });
  const labels = { application: 'neutron', component: 'dhcp-agent' };
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'dhcp', image: 'registry/neutron:epoxy-1' }] } };
  const metadata = { name: 'neutron-dhcp-agent-default', namespace: 'openstack' };
  await cloud.create(anObject('apps/v1', 'DaemonSet', metadata, { selector: { matchLabels: labels }, template: pod }));
  await cloud.pass(60);
  const leftovers = await api.leftovers();
  const kinds = leftovers.map(({ of, isAlive }) => `${of} ${isAlive}`);
  expect(kinds.slice(0, 3)).toEqual(['ports false', 'ports false', 'networks false']);
  expect([...new Set(kinds.slice(3))]).toEqual(['agents true']);
  for (const leftover of leftovers.filter(({ of }) => of !== 'agents')) await api.remove(leftover);
  for (const leftover of leftovers.filter(({ of }) => of !== 'agents')) await api.remove(leftover);
  expect([...new Set((await api.leftovers()).map(({ of }) => of))]).toEqual(['agents']);
});
