import { describe, expect, it } from '@jest/globals';
import { decide } from './decide.js';
import type { ScheduledMachine } from './machine.js';
import { nodeBudgets, nodeTraits } from './node-traits.js';

const enabled = (...labels: readonly string[]) => Object.fromEntries(labels.map((label) => [label, 'enabled']));
const aMachine = (name: string, labels: Record<string, string>, more: Partial<ScheduledMachine> = {}) => ({
  name,
  group: 'g',
  state: 'waiting' as const,
  expectedSeconds: 60,
  ...nodeTraits(name, labels),
  ...more,
});
const startedOf = (machines: readonly ScheduledMachine[]) =>
  decide(machines, { groups: [{ name: 'g', index: 1, concurrent: 10 }], ...nodeBudgets(machines) });

describe('what nodes are by their labels', () => {
  it('is their zone, their storage, their gateway and the services whose quorum they carry', () => {
    const labels = {
      ...enabled('openstack-gateway', 'openstack-control-plane', 'ceph_role_mon', 'ceph_role_osd'),
      'topology.kubernetes.io/zone': 'z1',
      stacklight: 'disabled',
    };
    expect(nodeTraits('n1', labels)).toEqual({
      zone: 'z1',
      failureDomain: 'n1',
      isGateway: true,
      quorums: ['the control plane of OpenStack', 'the monitors of Ceph'],
    });
    expect(nodeTraits('n1', { ...enabled('ceph_role_osd'), 'topology.rook.io/rack': 'r1' }).failureDomain).toBe('r1');
    expect(nodeTraits('n1', {})).toEqual({});
  });

  it('lets one gateway go, a minority of a quorum, one failure domain and one zone', () => {
    const of = (label: string, count: number) =>
      Array.from({ length: count }, (_, i) => aMachine(`${label}-${i}`, enabled(label)));
    expect(startedOf(of('openstack-gateway', 3)).start).toHaveLength(1);
    expect(startedOf(of('openstack-control-plane', 5)).start).toHaveLength(2);
    expect(startedOf(of('stacklight', 2)).start).toHaveLength(1);
    expect(startedOf(of('ceph_role_osd', 4)).start).toHaveLength(1);
    const zoned = ['a', 'b', 'a', 'b'].map((zone, i) => aMachine(`m${i}`, { 'topology.kubernetes.io/zone': zone }));
    expect(startedOf(zoned).start).toEqual(['m0', 'm2']);
  });

  it('counts a member that is done and out of service', () => {
    const away = aMachine('away', enabled('openstack-control-plane'), { state: 'done', isAway: true });
    const others = ['b', 'c'].map((name) => aMachine(name, enabled('openstack-control-plane')));
    expect(startedOf([away, ...others])).toMatchObject({
      start: [],
      waits: [{ blocker: { reason: 'Quorum', by: ['away'] } }, { blocker: { reason: 'Quorum' } }],
    });
  });
});
