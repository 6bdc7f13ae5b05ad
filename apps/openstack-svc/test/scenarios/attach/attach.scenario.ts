import { afterEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, OpenStackDeploymentStatusKind, SecretKind } from '@keelson/api';
import { operationsIn } from '@keelson/mosk';
import { answered } from '../../../src/service.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudKey } from '../cloud-world.js';
import { type Clusters, openClusters } from '../clusters.js';

let clusters: Clusters;
afterEach(() => clusters.close());

describe('MOSK clusters', () => {
  it('are worked on through their kubeconfigs, and what is there is told', async () => {
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
    expect(await operations.plan('OpenStackDeployment', cloudKey)).toMatchObject({ outcome: { type: 'settled' } });
    await clusters.management.advance(10);
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
    await clusters.management.advance(2);
    await clusters.child('first').apply(aDeployment(), { fieldManager: 'operator' });
    await clusters.management.until('the cloud is applied', () => clusters.isApplied('first'));
    clusters.dead.clear();
    await clusters.management.until(
      'the dead one is at work',
      () => clusters.openstack.attachments.lacks({ namespace: 'demo', name: 'dead' }) === undefined,
    );
  });

  it('are attached to anew with a new kubeconfig, and let go of when they leave', async () => {
    clusters = await openClusters();
    await clusters.add('first', 'first#1');
    const at = { namespace: 'demo', name: 'first' };
    const { attachments } = clusters.openstack;
    await clusters.management.until('it is at work', () => attachments.lacks(at) === undefined);
    await clusters.give('first', 'first#2');
    await clusters.management.until('the new one is used', () => clusters.opened.includes('first#2'));
    await clusters.management.until('it is at work again', () => attachments.lacks(at) === undefined);
    expect(attachments.managers()).toHaveLength(1);
    await clusters.management.api.delete(SecretKind, { namespace: 'demo', name: 'first-kubeconfig' });
    await clusters.management.until('it is let go of', () => !attachments.has(at));
    await clusters.give('first', 'first#3');
    await clusters.management.until('it is there again', () => attachments.has(at));
    await clusters.management.api.patch(ClusterKind, at, { metadata: { finalizers: ['test/hold'] } });
    await clusters.management.api.delete(ClusterKind, at);
    await clusters.management.until('it is let go of', () => !attachments.has(at));
  });
});
