import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const computeOf = (backend: string, dpdk: object): string => {
  const features = { neutron: { dpdk: { driver: 'vfio-pci', ...dpdk } } };
  const service = renderedService(
    'compute',
    aSpec({ features: { neutron: { backend } }, nodes: { 'rack::a': { features } } }),
  );
  const own = service.files.find(({ secret }) => secret === 'nova-compute-etc-a');
  expect(fileOf(service, 'nova-compute-etc', 'nova.conf').text()).not.toContain('reserved_huge_pages');
  return own === undefined ? '' : (own.text().match(/^reserved_huge_pages = .*$/gmu) ?? []).join('\n');
};

describe('huge pages of nodes whose switch works by DPDK', () => {
  test.each([
    [{}, 'reserved_huge_pages = node:0,size:2048,count:512'],
    [
      { socket_memory: '2048,1024', hugepages: { size: '1Gi' } },
      'reserved_huge_pages = node:0,size:1048576,count:2\nreserved_huge_pages = node:1,size:1048576,count:1',
    ],
    [{ socket_memory: '0,1', hugepages: { size: '2Mi' } }, 'reserved_huge_pages = node:1,size:2048,count:1'],
  ])('are not for guests as far as the switch takes them: %j', (dpdk, lines) => {
    expect(computeOf('ml2', { enabled: true, ...dpdk })).toBe(lines);
    expect(computeOf('ml2/ovn', { enabled: true, ...dpdk })).toBe(lines);
  });

  test('are for guests where no switch takes them', () => {
    expect(computeOf('ml2', { enabled: false })).toBe('');
    expect(computeOf('tungstenfabric', { enabled: true })).toBe('');
  });
});
