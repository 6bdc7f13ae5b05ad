import { describe, expect, it } from '@jest/globals';
import { tunnelGroups, tunnelTrouble } from './tunnels.js';

const own = (tunnel_interface: string): string =>
  JSON.stringify({ 'rack::b': { tunnel_interface }, 'a::b': { dvr: {} } });

describe('the interfaces that vRouters take over', () => {
  it('are those of single nodes where the OpenStackDeployment names any', () => {
    expect(tunnelGroups({ tunnel_interface: 'bond0', nodes: own('bond1.20') })).toEqual([
      { label: { name: 'rack', value: 'b' }, interfaceName: 'bond1.20' },
    ]);
    expect(tunnelGroups({})).toEqual([]);
  });

  it.each([
    [{ tunnel_interface: 'bond0.7', nodes: own('ens1f0') }, undefined],
    [{ tunnel_interface: '' }, /^spec\.features\.neutron\.tunnel_interface of the OpenStackDeployment is empty/],
    [{ tunnel_interface: 'br-ex' }, /names br-ex, which is no physical interface.*not a bridge/],
    [
      { tunnel_interface: 'ens3', nodes: own('br-tenant') },
      /^spec\.nodes\.rack::b\.features\.neutron\.tunnel_interface .* names br-tenant/,
    ],
  ])('are physical ones: %j', (access, message) => {
    const trouble = tunnelTrouble(access);
    if (message === undefined) expect(trouble).toBeUndefined();
    else expect(trouble).toMatch(message);
  });
});
