import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { hermeticCluster } from '@keelson/testing';
import { readInside } from './inside.js';

const secret = 'do-not-tell';
const migrationMode = 'openstack.lcm.mirantis.com/instance_migration_mode';
const pod = {
  nodeSelector: { role: 'db' },
  serviceAccountName: secret,
  containers: [{ name: 'db', image: 'db:1', args: [secret], env: [{ name: 'PASSWORD', value: secret }] }],
  volumes: [{ name: 'key', secret: { secretName: secret } }],
};
const of = (kind: string, apiVersion: string, name: string, more: object): KubeObject =>
  ({ apiVersion, kind, metadata: { name, namespace: 'shop', annotations: { note: secret } }, ...more }) as KubeObject;

describe('what is read of a cluster for a rehearsal', () => {
  it('is workloads, loose pods, budgets and labels of nodes, without anything that may be a secret', async () => {
    const world = await hermeticCluster({ profile: 'child' });
    const selector = { matchLabels: { app: 'db' } };
    const template = { metadata: { labels: { app: 'db' }, annotations: { note: secret } }, spec: pod };
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', annotations: { note: secret } } },
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: 'n-1',
          labels: { role: 'db', 'kubernetes.io/os': 'x' },
          annotations: { note: secret, [migrationMode]: 'manual' },
        },
      },
      of('Secret', 'v1', 'key', { stringData: { key: secret } }),
      of('Deployment', 'apps/v1', 'db', { spec: { replicas: 2, selector, template } }),
      of('PodDisruptionBudget', 'policy/v1', 'db', { spec: { minAvailable: 2, selector } }),
      of('Pod', 'v1', 'loose', { spec: { ...pod, nodeName: 'n-1' } }),
    );
    await world.report(
      { group: '', version: 'v1', kind: 'Pod', plural: 'pods', scope: 'Namespaced', hasStatus: true },
      { namespace: 'shop', name: 'loose' },
      { phase: 'Running' },
    );
    const read = await readInside(world.api);
    await world.close();
    expect(JSON.stringify(read)).not.toContain(secret);
    const shop = read.filter(({ kind, metadata }) => metadata.namespace === 'shop' || kind === 'Node');
    expect(shop.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Node n-1',
      'PodDisruptionBudget db',
      'Deployment db',
      'Pod loose',
    ]);
    expect(shop[0]?.metadata).toMatchObject({ labels: { role: 'db' }, annotations: { [migrationMode]: 'manual' } });
    expect(shop[2]).toMatchObject({
      spec: {
        replicas: 2,
        selector,
        template: { metadata: { labels: { app: 'db' } }, spec: { nodeSelector: { role: 'db' } } },
      },
    });
    expect(shop[3]).toMatchObject({ spec: { nodeName: 'n-1', containers: [{ name: 'rehearsed-1' }] } });
  });
});
