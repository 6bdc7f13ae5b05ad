import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '@keelson/api';
import { nextSteps } from './next-steps.js';

const cluster = (name: string, ready: boolean, value: object = {}): Cluster =>
  ({
    metadata: { namespace: 'demo', name },
    spec: { providerSpec: { value } },
    status: { providerStatus: { ready } },
  }) as Cluster;
const here = { home: '/data', kubeconfig: '/data/kubeconfig' };
const told = (clusters: readonly Cluster[] | undefined): string =>
  nextSteps(here, clusters).join('\n').replaceAll(/ +#/g, ' #');

describe('what up says is next', () => {
  it('is the example where there is no cluster, and only there', () => {
    expect(told([])).toContain('kubectl apply -f examples/first-cluster/');
    expect([told(undefined), told([cluster('first', true)])].join()).not.toContain('kubectl apply');
  });

  it('is what a cluster waits for, the updates it may have, or the next release of the management cluster', () => {
    const clusters = [cluster('one', false), cluster('two', true), cluster('mgmt', true, { kaas: {} })];
    expect(told(clusters).split('\n').slice(3, -1)).toEqual([
      './keelson why -n demo cluster/one # is not ready: what it waits for',
      'kubectl -n demo get clusterupdateplans # two is ready: the updates it may have',
      'kubectl get mccupgrade mcc-upgrade -o yaml # mgmt is ready: its next release, and when',
    ]);
  });

  it('is where the data stays, wherever that is', () => {
    expect(told([])).toContain('export KUBECONFIG=/data/kubeconfig\n');
    expect(told([])).toMatch(/\.\/keelson down # stops it; data stays in \/data$/);
  });

  it('is short where there are many', () => {
    expect(
      nextSteps(
        here,
        Array.from({ length: 30 }, (_, i) => cluster(`c${i}`, true)),
      ).length,
    ).toBeLessThan(10);
  });
});
