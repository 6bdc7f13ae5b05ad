import { describe, expect, test } from '@jest/globals';
import { type NodeLabels, placesOf } from './placement.js';
import { type WorkloadKind, workloadOf } from './template.js';

const nodes: NodeLabels[] = [
  { name: 'ctl-1', labels: { controller: 'enabled', network: 'enabled' } },
  { name: 'cmp-1', labels: { compute: 'enabled', network: 'enabled' } },
  { name: 'cmp-2', labels: { compute: 'enabled', network: 'enabled', gateway: 'enabled' } },
];
interface Expression {
  key: string;
  operator: string;
  values?: string[];
}
const workload = (kind: WorkloadKind, terms: Expression[][], replicas = 1) => {
  const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  const template = { metadata: { labels: {} }, spec: { containers: [], affinity } };
  const object = { apiVersion: 'apps/v1', kind, metadata: { name: 'w' }, spec: { replicas, template } };
  const found = workloadOf(object);
  if (found === undefined) throw new Error('no workload');
  return found;
};
const isIn = (key: string): Expression => ({ key, operator: 'In', values: ['enabled'] });
const isNotIn = (key: string): Expression => ({ key, operator: 'NotIn', values: ['enabled'] });
const places = (...args: Parameters<typeof workload>) =>
  placesOf(workload(...args), nodes).map(({ pod, node }) => `${pod} on ${node.name}`);

describe('where pods belong', () => {
  test('a DaemonSet has one on each node that a term fits', () => {
    expect(places('DaemonSet', [[isIn('network'), isNotIn('gateway')]])).toEqual([
      'w-ctl-1 on ctl-1',
      'w-cmp-1 on cmp-1',
    ]);
  });

  test('terms are alternatives', () => {
    expect(places('DaemonSet', [[isIn('controller')], [isIn('gateway')]])).toEqual([
      'w-ctl-1 on ctl-1',
      'w-cmp-2 on cmp-2',
    ]);
  });

  test('replicas go round the fitting nodes, and are numbered', () => {
    expect(places('StatefulSet', [[isIn('compute')]], 3)).toEqual(['w-0 on cmp-1', 'w-1 on cmp-2', 'w-2 on cmp-1']);
  });

  test('without a fitting node there is no pod', () => {
    expect(places('Deployment', [[isIn('gpu')]], 2)).toEqual([]);
  });
});
