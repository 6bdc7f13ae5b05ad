import { describe, expect, it } from '@jest/globals';
import type { Node } from '@keelson/api';
import { anArray, rendered, aSpec, someCeph } from '../cloud/cloud.fixtures.js';
import { ComputeAges, declaredIn } from './facts.js';

const node = (name: string, isReady = true, label = 'enabled'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'openstack-compute-node': label } },
  status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
});

describe('what a cluster says of its cloud', () => {
  it('asks for a hypervisor when a node has been a compute for ten minutes', () => {
    const ages = new ComputeAges();
    expect([...ages.old([node('n1')], 0)]).toEqual([]);
    expect([...ages.old([node('n1'), node('n2')], 599_000)]).toEqual([]);
    expect([...ages.old([node('n1'), node('n2')], 600_000)]).toEqual(['n1']);
    // A node that comes back, or was no compute for a while, begins anew.
    expect([...ages.old([node('n1', false), node('n2', true, 'disabled')], 1_300_000)]).toEqual([]);
    expect([...ages.old([node('n1'), node('n2')], 1_400_000)]).toEqual([]);
  });

  it('knows back ends and the catalogue by the files that are rendered', () => {
    const features = {
      services: ['block-storage'],
      cinder: { volume: { backends: { array: anArray, disks: { lvm: { volume_group: 'vg' } } } } },
    };
    const nodes = [{ name: 'n1', labels: { 'openstack-compute-node': 'enabled' } }];
    const services = rendered(aSpec({ features }), { ceph: someCeph, nodes });
    const files = services.flatMap(({ stages }) => stages.flatMap(({ objects }) => objects)).filter(isSecret);
    const { backends, claims } = declaredIn(files);
    expect(backends).toEqual({
      'cinder-volume': ['rbd:volumes-hdd@volumes-hdd', 'rbd:volumes-fast-ssd@volumes-fast-ssd', 'array:flash@flash'],
      'manila-share': [],
    });
    expect(claims.map(({ type }) => type).sort()).toEqual([
      'compute',
      'identity',
      'image',
      'network',
      'placement',
      'volumev3',
    ]);
    expect(claims.find(({ type }) => type === 'identity')?.endpoints.public).toBe(
      'https://keystone.cloud.example.org/v3/',
    );
  });
});

function isSecret({ kind }: { readonly kind: string }): boolean {
  return kind === 'Secret';
}
