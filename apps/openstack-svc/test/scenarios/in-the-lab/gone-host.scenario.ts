import { describe, expect, it } from '@jest/globals';
import { NodeKind } from '@keelson/api';
import { removeHost, Session } from '@keelson/openstack';
import { aSimulatedOpenStack, namespace } from '../../../../lab/src/openstack/openstack.fixtures.js';

describe('a compute whose node is gone', () => {
  it('is remembered by nova until it is taken out, which may be asked for twice', async () => {
    const services = ['keystone-api', 'nova-api', 'neutron-server', 'placement-api'];
    const { api, ask, http, pass } = await aSimulatedOpenStack({ computes: 3, services });
    const hosts = async (): Promise<readonly string[]> => {
      const { body } = await ask('GET', 'nova-api/v2.1/os-services?binary=nova-compute');
      return body.services.map(({ host, state }: { host: string; state: string }) => `${host} ${state}`).sort();
    };
    expect(await hosts()).toEqual(['c1 up', 'c2 up', 'c3 up']);
    await api.remove(NodeKind, { name: 'c3' });
    // Pods of the node that is gone start elsewhere.
    await pass(60);
    expect(await hosts()).toEqual(['c1 up', 'c2 up', 'c3 down']);
    const authUrl = `http://keystone-api.${namespace}.svc.cluster.local:5000/v3`;
    const session = new Session({ http, authUrl, username: 'admin', password: 'secret' });
    expect(await removeHost(session, 'c3')).toEqual([expect.stringContaining('nova service')]);
    expect(await hosts()).toEqual(['c1 up', 'c2 up']);
    expect(await removeHost(session, 'c3')).toEqual([]);
  });
});
