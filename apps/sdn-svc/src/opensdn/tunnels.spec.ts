import { describe, expect, it } from '@jest/globals';
import { cardGroups, cardVariables, tunnelTrouble } from './tunnels.js';

const own = (tunnel_interface: string): string =>
  JSON.stringify({ 'rack::b': { tunnel_interface }, 'a::b': { dvr: {} } });

describe('the interfaces that vRouters take over', () => {
  it('are those of single nodes where the OpenStackDeployment names any', () => {
    expect(cardGroups({ tunnel_interface: 'bond0', nodes: own('bond1.20') })).toEqual([
      { label: { name: 'rack', value: 'b' }, interfaceName: 'bond1.20', cards: [] },
    ]);
    expect(cardGroups({})).toEqual([]);
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

describe('cards with virtual functions', () => {
  const nics = [
    { device: 'ens1', num_vfs: 4, physnet: 'fast', mtu: 9000 },
    { device: 'ens2', num_vfs: 8, physnet: 'slow' },
    { device: 'ens3', num_vfs: 2 },
  ];
  const nodes = (sriov: object): string =>
    JSON.stringify({ 'nic::fast': { sriov }, 'rack::b': { tunnel_interface: 'ens9' } });
  const variables = (sriov: object): readonly object[] => cardGroups({ nodes: nodes(sriov) }).map(cardVariables);

  it('are told as lists of the same length, without those in no physical network', () => {
    expect(variables({ enabled: true, nics })).toEqual([
      { SRIOV_PHYSICAL_INTERFACE: 'ens1,ens2', SRIOV_PHYSICAL_NETWORK: 'fast,slow', SRIOV_VF: '4,8' },
      {},
    ]);
  });

  it('are none where they are switched off or cannot be read, which takes nothing from other nodes', () => {
    expect([variables({ enabled: false, nics }), variables({ enabled: true, nics: 'all' })]).toEqual([[{}], [{}]]);
  });
});
