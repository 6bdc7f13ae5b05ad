import { describe, expect, test } from '@jest/globals';
import { anArray, askedFeatures, aSpec, rendered, someCeph, type SpecOptions } from './cloud.fixtures.js';
import { differences, fileTexts, golden, inventory } from './golden.fixtures.js';

const external_networks = [{ physnet: 'physnet1', interface: 'ext', bridge: 'br-ex', network_types: ['flat', 'vlan'] }];
const neutron = { tunnel_interface: 'tenant', external_networks };

const shapes: Readonly<Record<string, SpecOptions>> = {
  'core-ovs': { preset: 'core', features: { neutron } },
  'core-ovn': { preset: 'core', features: { neutron: { ...neutron, backend: 'ml2/ovn' } } },
  'compute-ovs': { preset: 'compute', features: { neutron } },
  'compute-ovn': { preset: 'compute', features: { neutron: { ...neutron, backend: 'ml2/ovn' } } },
  'compute-tf': { preset: 'compute-tf' },
};

const indented = (line: string): string => `  ${line}`;

describe('golden files', () => {
  test.each(Object.keys(shapes))('what %s consists of', (name) => {
    const text = inventory(rendered(aSpec(shapes[name])));
    expect(text).toBe(golden(`${name}.inventory.txt`, text));
  });

  test('every configuration file of a cloud with OVN', () => {
    const text = fileTexts(rendered(aSpec(shapes['compute-ovn'])));
    expect(text).toBe(golden('compute-ovn.files.txt', text));
  });

  test('volumes, shares and images in Ceph, with an array beside it', () => {
    const features = {
      services: ['block-storage', 'shared-file-system'],
      cinder: { volume: { backends: { array: anArray } } },
    };
    const stores = ['image', 'block-storage', 'shared-file-system'];
    const services = rendered(aSpec({ features }), { ceph: someCeph }).filter(({ service }) =>
      stores.includes(service),
    );
    const text = `${inventory(services)}\n${fileTexts(services)}`;
    expect(text).toBe(golden('ceph.storage.txt', text));
  });

  test('what each feature changes that is off unless it is asked for', () => {
    const before = rendered(aSpec(shapes['compute-ovn']));
    const lines = Object.entries(askedFeatures).flatMap(([name, feature]) => {
      const features = { ...shapes['compute-ovn']?.features, [name]: feature };
      return [
        `${name}:`,
        ...differences(before, rendered(aSpec({ ...shapes['compute-ovn'], features }))).map(indented),
      ];
    });
    const text = `${lines.join('\n')}\n`;
    expect(text).toBe(golden('features.changes.txt', text));
  });

  test.each([
    ['caracal', 'epoxy'],
    ['epoxy', 'gazpacho'],
  ])('what changes from %s to %s', (before, after) => {
    const lines = ['compute-ovs', 'compute-ovn', 'compute-tf'].flatMap((name) => {
      const of = (openstack_version: string) => rendered(aSpec({ ...shapes[name], openstack_version }));
      return [`${name}:`, ...differences(of(before), of(after)).map(indented)];
    });
    const text = `${lines.join('\n')}\n`;
    expect(text).toBe(golden(`${before}-to-${after}.changes.txt`, text));
  });
});
