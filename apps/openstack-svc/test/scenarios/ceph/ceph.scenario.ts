import { afterEach, describe, expect, it } from '@jest/globals';
import { DeploymentKind, SecretKind } from '@keelson/api';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const stateOf = async (service: string) => (await world.status())?.services?.[service]?.state;
const keys = { namespace: 'openstack-ceph-shared', name: 'openstack-ceph-keys' };

const enough = ['database', 'identity', 'image'];
const renderer: Renderer = {
  ...cloudRenderer,
  render: (input) => cloudRenderer.render(input).filter(({ name }) => enough.includes(name)),
};
const onCeph: SpecPatch = { preset: 'core', features: { glance: { backends: { rbd: { main: { default: true } } } } } };

const disksOnCeph: SpecPatch = { preset: 'core', features: { nova: { images: { backend: 'ceph' } } } };

function handOver(): Promise<unknown> {
  const text = { mon_endpoints: 'a=10.0.0.1:6789', glance: 'client.glance;AQ==;images-hdd:images:hdd;' };
  const data = Object.fromEntries(
    Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return world.api.create({ apiVersion: 'v1', kind: 'Secret', metadata: keys, data } as Parameters<
    typeof world.api.create
  >[0]);
}

describe('a cloud whose images are in Ceph', () => {
  it('waits for what the storage hands over, by name, and only where it is needed; and holds still when that is gone', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment(onCeph));
    await world.until('the others are applied', async () => (await stateOf('identity')) === 'APPLIED');
    await world.clock.advance(5_000);
    const { services, progress } = (await world.status()) ?? {};
    expect([services?.['image']?.state, progress?.reason]).toEqual(['WAITING', 'PrerequisiteMissing']);
    expect(progress?.message).toContain('openstack-ceph-shared/openstack-ceph-keys');

    await handOver();
    await world.until('the cloud is applied', isApplied);
    const secret = await world.api.get(SecretKind, { namespace: 'openstack', name: 'glance-ceph' });
    expect(Buffer.from(secret?.data?.['ceph.conf'] ?? '', 'base64').toString()).toContain('10.0.0.1:6789');

    const before = await world.api.get(DeploymentKind, { namespace: 'openstack', name: 'glance-api' });
    await world.api.delete(SecretKind, keys);
    await world.until('it is told', async () => (await world.status())?.progress?.reason === 'CephKeysGone', 120);
    const after = await world.api.get(DeploymentKind, { namespace: 'openstack', name: 'glance-api' });
    expect(after?.metadata.generation).toBe(before?.metadata.generation);
  });

  it('waits where the storage has begun, though its spec says nothing of it', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    const labels = { 'ceph-daemonset-available-node': 'true' };
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels } });
    await world.apply(aDeployment({ preset: 'core' }));
    await world.until('the others are applied', async () => (await stateOf('identity')) === 'APPLIED');
    await world.clock.advance(120_000);
    const { services, progress } = (await world.status()) ?? {};
    expect([services?.['image']?.state, progress?.reason]).toEqual(['WAITING', 'PrerequisiteMissing']);
    expect(progress?.message).toContain('name a back end in spec.features.glance.backends');
    expect(await world.api.get(DeploymentKind, { namespace: 'openstack', name: 'glance-api' })).toBeUndefined();
    await handOver();
    await world.until('the cloud is applied', isApplied);
    expect(await world.api.get(SecretKind, { namespace: 'openstack', name: 'glance-ceph' })).toBeDefined();
  });

  it('stays in files where it has begun so, until its spec puts images into Ceph', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment({ preset: 'core' }));
    await world.until('the cloud is applied', isApplied);
    await handOver();
    await world.clock.advance(120_000);
    expect(await world.api.get(SecretKind, { namespace: 'openstack', name: 'glance-ceph' })).toBeUndefined();
    await world.apply(aDeployment(disksOnCeph));
    await world.clock.advance(120_000);
    expect(await world.api.get(SecretKind, { namespace: 'openstack', name: 'glance-ceph' })).toBeUndefined();
    await world.apply(aDeployment(onCeph));
    await world.until(
      'images are in Ceph',
      async () => (await world.api.get(SecretKind, { namespace: 'openstack', name: 'glance-ceph' })) !== undefined,
    );
  });
});
