import { describe, expect, it } from '@jest/globals';
import type { Node } from './builtin.js';
import { type PodPlacement, type Taint, wantsDaemon } from './placement.js';

const aNode = (labels: Record<string, string>, ...taints: Taint[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels },
  spec: { taints },
});
const gateways: PodPlacement = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'gateway', operator: 'In', values: ['enabled'] }] },
          { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] },
        ],
      },
    },
  },
};
const dedicated: Taint = { key: 'dedicated', value: 'storage', effect: 'NoSchedule' };

describe('a DaemonSet', () => {
  it('wants the nodes that its selector and one term of its affinity name', () => {
    expect(wantsDaemon(aNode({ gateway: 'enabled' }), gateways)).toBe(true);
    expect(wantsDaemon(aNode({ gateway: 'disabled' }), gateways)).toBe(false);
    expect(wantsDaemon(aNode({ gateway: 'enabled' }), { ...gateways, nodeSelector: { rack: 'a' } })).toBe(false);
  });

  it('stays away where a taint is not tolerated; those of cordons and sick nodes it tolerates', () => {
    const tolerations = [{ key: 'dedicated', operator: 'Equal', value: 'storage', effect: 'NoSchedule' }];
    expect(wantsDaemon(aNode({}, dedicated), {})).toBe(false);
    expect(wantsDaemon(aNode({}, dedicated), { tolerations })).toBe(true);
    expect(wantsDaemon(aNode({}, { ...dedicated, effect: 'PreferNoSchedule' }), {})).toBe(true);
    expect(wantsDaemon(aNode({}, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }), {})).toBe(true);
    const withoutNetwork = aNode({}, { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' });
    expect([wantsDaemon(withoutNetwork, {}), wantsDaemon(withoutNetwork, { hostNetwork: true })]).toEqual([
      false,
      true,
    ]);
  });
});
