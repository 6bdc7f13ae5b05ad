import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const nics = [
  { device: 'ens5', num_vfs: 8, physnet: 'physnet2', trusted: 'true' },
  { device: 'ens6', num_vfs: 8, physnet: 'physnet3', trusted: false },
  { device: 'ens7', num_vfs: 4 },
];
const computeOn = (backend: string, enabled: boolean) =>
  renderedService(
    'compute',
    aSpec({
      features: { neutron: { backend } },
      nodes: { 'rack::a': { features: { neutron: { sriov: { enabled, nics } } } } },
    }),
  );

describe('virtual functions of network cards', () => {
  test.each(['ml2', 'ml2/ovn', 'tungstenfabric'])(
    'are told to nova-compute of their nodes alone, a line for each card with a network: %s',
    (backend) => {
      const service = computeOn(backend, true);
      const text = fileOf(service, 'nova-compute-etc-a', 'nova.conf').text();
      expect(text.match(/^\[pci\]\n(.*\n)+?\n/mu)?.[0]).toBe(
        [
          '[pci]',
          'device_spec = {"devname":"ens5","physical_network":"physnet2","trusted":"true"}',
          'device_spec = {"devname":"ens6","physical_network":"physnet3"}',
          '',
          '',
        ].join('\n'),
      );
      expect(fileOf(service, 'nova-compute-etc', 'nova.conf').text()).not.toContain('[pci]');
    },
  );

  test('are nobody’s while SR-IOV is off', () =>
    expect(computeOn('ml2', false).files.map(({ secret }) => secret)).not.toContain('nova-compute-etc-a'));
});
