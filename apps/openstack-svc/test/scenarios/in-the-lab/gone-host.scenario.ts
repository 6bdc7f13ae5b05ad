import { describe, expect, it } from '@jest/globals';
import { NodeKind } from '@keelson/api';
import { removeHost, Session } from '@keelson/openstack';
import { aSimulatedOpenStack, namespace } from '../../../../lab/src/openstack/openstack.fixtures.js';

describe('a compute whose node is gone', () => {
  it('is remembered by nova until it is taken out, which may be asked for twice', async () => {
    const services = ['keystone-api', 'nova-api', 'neutron-server', 'placement-api', 'masakari-api'];
    const { api, ask, http, pass } = await aSimulatedOpenStack({ computes: 3, services });
    const hosts = async (): Promise<readonly string[]> => {
      const { body } = await ask('GET', 'nova-api/v2.1/os-services?binary=nova-compute');
      return body.services.map(({ host, state }: { host: string; state: string }) => `${host} ${state}`).sort();
    };
    expect(await hosts()).toEqual(['c1 up', 'c2 up', 'c3 up']);
    const name = 'octavia-health-manager-port-c3';
    await ask('POST', 'neutron-server/v2.0/ports', { port: { name, device_owner: 'octavia:health-mgr' } });
    const { segment } = (await ask('POST', 'masakari-api/v1/p/segments', { segment: { name: 's' } })).body;
    for (const host of ['c2', 'c3'])
      await ask('POST', `masakari-api/v1/p/segments/${segment.uuid}/hosts`, { host: { name: host } });
    await api.remove(NodeKind, { name: 'c3' });
    // Pods of the node that is gone start elsewhere.
    await pass(60);
    expect(await hosts()).toEqual(['c1 up', 'c2 up', 'c3 down']);
    const authUrl = `http://keystone-api.${namespace}.svc.cluster.local:5000/v3`;
    const session = new Session({ http, authUrl, username: 'admin', password: 'secret' });
    expect(await removeHost(session, 'c3')).toEqual([
      expect.stringContaining('nova service'),
      `port ${name}`,
      expect.stringContaining('of Masakari'),
    ]);
    const { hosts: shielded } = (await ask('GET', `masakari-api/v1/p/segments/${segment.uuid}/hosts`)).body;
    expect(shielded.map((host: { name: string }) => host.name)).toEqual(['c2']);
    expect(await hosts()).toEqual(['c1 up', 'c2 up']);
    expect(await removeHost(session, 'c3')).toEqual([]);
  });
});
