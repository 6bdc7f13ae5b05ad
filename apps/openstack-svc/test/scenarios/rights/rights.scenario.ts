import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  ClusterRoleBindingKind,
  ClusterRoleKind,
  ConfigMapKind,
  type KubeObject,
  NodeKind,
  OpenStackDeploymentKind,
  SecretKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { clusterWideNames } from '../../../src/services/given-rights.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** Beside these every scenario of the service runs with the same account. */
describe('the account of openstack-svc in a MOSK cluster', () => {
  it('sees no Secret of other namespaces, changes nothing there, and gives nobody more than it has', async () => {
    world = await aCloudWorld();
    const { service } = world;
    await world.apply(secretIn('kube-system'), secretIn('openstack'), {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
    });
    expect(await service.get(SecretKind, { namespace: 'openstack', name: 'a' })).toBeDefined();
    const refused: readonly (() => Promise<unknown>)[] = [
      () => service.get(SecretKind, { namespace: 'kube-system', name: 'a' }),
      () => service.list(SecretKind),
      () => service.list(ConfigMapKind),
      () => service.apply(secretIn('kube-system'), { fieldManager: 'x', force: true }),
      () => service.patch(NodeKind, { name: 'n' }, { metadata: { labels: { a: 'b' } } }),
      () => service.delete(OpenStackDeploymentKind, { namespace: 'openstack', name: 'osh' }),
      () => service.createToken({ namespace: 'kube-system', name: 'default' }, { expirationSeconds: 600 }),
      () => giveAll(service, 'everything'),
      () => giveAll(service, clusterWideNames[0] ?? ''),
      () => bindAdmin(service, clusterWideNames[0] ?? ''),
    ];
    for (const call of refused) await expect(call()).rejects.toMatchObject({ reason: 'Forbidden' });
    // And with that it does its work.
    await world.apply(aDeployment());
    await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
  });
});

function secretIn(namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace } };
}

function giveAll(api: KubeApi, name: string): Promise<unknown> {
  const role: KubeObject & { rules: unknown } = {
    apiVersion: apiVersionOf(ClusterRoleKind),
    kind: ClusterRoleKind.kind,
    metadata: { name },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  };
  return api.apply(role, { fieldManager: 'x', force: true });
}

function bindAdmin(api: KubeApi, name: string): Promise<unknown> {
  const binding: KubeObject & Record<string, unknown> = {
    apiVersion: apiVersionOf(ClusterRoleBindingKind),
    kind: ClusterRoleBindingKind.kind,
    metadata: { name },
    roleRef: { apiGroup: ClusterRoleKind.group, kind: ClusterRoleKind.kind, name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'openstack' }],
  };
  return api.apply(binding, { fieldManager: 'x', force: true });
}
