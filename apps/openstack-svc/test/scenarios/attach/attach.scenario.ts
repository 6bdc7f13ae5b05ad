import { afterEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, type KubeObject, NodeKind, OpenStackDeploymentStatusKind, SecretKind } from '@keelson/api';
import { baremetalRequests, type PowerQuery } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { operationsIn } from '@keelson/mosk';
import { rfc3339 } from '@keelson/std';
import { accountOf, engineKubeApi } from '@keelson/testing';
import { answered } from '../../../src/service.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudKey } from '../cloud-world.js';
import { type Clusters, openClusters } from '../clusters.js';

let clusters: Clusters;
afterEach(() => clusters.close());

describe('MOSK clusters', () => {
  it('are worked on by the account of the service, and what is there is told', async () => {
    clusters = await openClusters();
    await clusters.add('first');
    await clusters.management.until('it is attached to', () => clusters.openstack.attachments.managers().length === 1);
    const child = clusters.child('first');
    await clusters.management.until('its kinds are known', async () => {
      const answers = await child.list(OpenStackDeploymentStatusKind).catch(() => undefined);
      return answers !== undefined;
    });
    await child.apply(aDeployment(), { fieldManager: 'operator' });
    await clusters.management.until('the cloud is applied', () => clusters.isApplied('first'));
    const operations = operationsIn(clusters.openstack.attachments, answered);
    // The last words of the apply may come some seconds after its state.
    await clusters.management.advance(10);
    expect(await operations.plan('OpenStackDeployment', cloudKey)).toMatchObject({ outcome: { type: 'settled' } });
    const history = await operations.history('OpenStackDeployment', { ...cloudKey, namespace: 'demo/first:openstack' });
    expect(history.map(({ namespace, to }) => [namespace, to])).toContainEqual(['demo/first:openstack', 'APPLIED']);
    await expect(operations.why('OpenStackDeployment', { name: 'nobody' })).rejects.toThrow('no cluster');
  });

  it('that are dead hold no other up, and are worked on when they come back', async () => {
    clusters = await openClusters();
    clusters.dead.add('dead');
    clusters.hanging.add('hanging');
    for (const name of ['dead', 'hanging', 'first']) await clusters.add(name);
    await clusters.management.until('the living one is at work', () => {
      const { attachments } = clusters.openstack;
      return attachments.lacks({ namespace: 'demo', name: 'first' }) === undefined;
    });
    expect(clusters.openstack.attachments.lacks({ namespace: 'demo', name: 'dead' })).toContain('does not answer');
    const operations = operationsIn(clusters.openstack.attachments, answered);
    await expect(operations.why('OpenStackDeployment', { namespace: 'openstack', name: 'nobody' })).rejects.toThrow(
      /no cluster that is worked on has the OpenStackDeployment openstack\/nobody; these are away and cannot tell: demo\/dead \(.*does not answer/,
    );
    await clusters.management.advance(2);
    await clusters.child('first').apply(aDeployment(), { fieldManager: 'operator' });
    await clusters.management.until('the cloud is applied', () => clusters.isApplied('first'));
    clusters.dead.clear();
    await clusters.management.until(
      'the dead one is at work',
      () => clusters.openstack.attachments.lacks({ namespace: 'demo', name: 'dead' }) === undefined,
    );
  });

  it('are worked on with a new token as if nothing were, attached to anew when the API is another, and let go of', async () => {
    clusters = await openClusters();
    await clusters.add('first', 'first#1');
    const at = { namespace: 'demo', name: 'first' };
    const access = { namespace: 'keelson-openstack-svc', name: 'demo.first' };
    const { attachments } = clusters.openstack;
    await clusters.management.until('it is at work', () => attachments.lacks(at) === undefined);
    const [before] = attachments.managers();
    await clusters.give('first', 'first#2');
    await clusters.management.until('the new token is used', () => clusters.opened.includes('first#2'));
    clusters.dead.add('first#1');
    await clusters.child('first').apply(aDeployment(), { fieldManager: 'operator' });
    await clusters.management.until('the cloud is applied', () => clusters.isApplied('first'));
    expect(attachments.managers()).toEqual([before]);
    clusters.points.set('first', 'another');
    await clusters.give('first', 'first#3');
    await clusters.management.until('the new API is used', () => clusters.opened.includes('first#3'));
    await clusters.management.until('it is at work again', () => attachments.lacks(at) === undefined);
    expect(attachments.managers()[0]).not.toBe(before);
    expect(attachments.managers()).toHaveLength(1);
    await clusters.management.api.delete(SecretKind, access);
    await clusters.management.until('it is let go of', () => !attachments.has(at));
    await clusters.give('first', 'first#4');
    await clusters.management.until('it is there again', () => attachments.has(at));
    await clusters.management.api.patch(ClusterKind, at, { metadata: { finalizers: ['test/hold'] } });
    await clusters.management.api.delete(ClusterKind, at);
    await clusters.management.until('it is let go of', () => !attachments.has(at));
  });

  it('have their lost nodes asked for by the name of the cluster', async () => {
    clusters = await openClusters();
    const { management, openstack } = clusters;
    const asked: PowerQuery[] = [];
    await management.bus.respond(baremetalRequests.host.power, async (query) => {
      asked.push(query);
      return { power: 'On', staysOff: false, message: 'its BMC says On' };
    });
    await clusters.add('first');
    const at = { namespace: 'demo', name: 'first' };
    await management.until('it is at work', () => openstack.attachments.lacks(at) === undefined);
    const child = clusters.child('first');
    await child.apply(aDeployment(), { fieldManager: 'operator' });
    const nodes: readonly KubeObject[] = ['n1', 'n2', 'n3'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'openstack-control-plane': 'enabled' } },
    }));
    for (const node of nodes) {
      await child.apply(node, { fieldManager: 'operator' });
      await ready(child, node.metadata.name, true, management.clock.now());
    }
    await ready(child, 'n1', false, management.clock.now());
    await management.until('its BMC is asked', () => asked.length > 0, 300);
    expect(asked[0]).toEqual({ namespace: 'demo', cluster: 'first', node: 'n1' });
  });

  it('lead nobody to the kubeconfigs of their administrators', async () => {
    clusters = await openClusters();
    const service = engineKubeApi(clusters.management.engine, accountOf('openstack-svc'));
    const inDemo = { namespace: 'demo', name: 'first-kubeconfig' };
    await clusters.management.apply({ apiVersion: 'v1', kind: 'Secret', metadata: inDemo });
    await expect(service.get(SecretKind, inDemo)).rejects.toMatchObject({ reason: 'Forbidden' });
    await expect(service.list(SecretKind)).rejects.toMatchObject({ reason: 'Forbidden' });
    await expect(service.patch(ClusterKind, inDemo, {})).rejects.toMatchObject({ reason: 'Forbidden' });
  });
});

async function ready(api: KubeApi, name: string, is: boolean, since: number): Promise<void> {
  const condition = { type: 'Ready', status: is ? 'True' : 'Unknown', lastTransitionTime: rfc3339(since) };
  await api.patch(NodeKind, { name }, { status: { conditions: [condition] } }, { subresource: 'status' });
}
