import { afterEach, describe, expect, it } from '@jest/globals';
import { CronJobKind, DeploymentKind, OpenStackDeploymentKind, SecretKind } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { pauseAnnotation } from '../../../src/names.js';
import { cloudRenderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';
import type { MoskPorts } from '../../../src/mosk.js';

let world: CloudWorld;
afterEach(() => world.close());

const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const isHealthy = async () => {
  const [healthy, all] = ((await world.status())?.osdpl?.health ?? '?/').split('/');
  return healthy === all;
};

async function cloudOf(spec: SpecPatch, ports: Partial<MoskPorts> = {}): Promise<void> {
  world = await aCloudWorld({ ports });
  await world.apply(aDeployment({ openstack_version: 'caracal', ...spec }));
  await world.until('the cloud is applied', isApplied);
  await world.until('the cloud is healthy', isHealthy);
  await world.clock.advance(10_000);
  world.workloads.completed.length = 0;
}

const isUpgraded = async () => (await isApplied()) && (await world.status())?.osdpl?.openstack_version === 'epoxy';
const versions = async () =>
  Object.fromEntries(
    Object.entries((await world.status())?.services ?? {}).map(([name, service]) => [name, service.openstack_version]),
  );
const upgradeJobs = ['upgrade-check', 'expand', 'contract', 'db-sync'];
const jobsOf = (project: string) => upgradeJobs.map((job) => `${project}-${job}`);

describe('an upgrade', () => {
  it('takes services one by one, each through its steps', async () => {
    await cloudOf({});
    const begun = world.clock.now();
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('identity is upgraded', async () => (await versions())['identity'] === 'epoxy');
    expect(await versions()).toMatchObject({ image: 'caracal', compute: 'caracal' });
    expect((await world.status())?.osdpl).toMatchObject({ state: 'APPLYING', openstack_version: 'caracal' });
    await world.until('the cloud is upgraded', isUpgraded);
    expect(world.workloads.completed).toEqual(['keystone', 'glance', 'nova'].flatMap(jobsOf));
    expect((await world.status())?.osdpl?.cause).toBe('upgrade from caracal to epoxy');
    // One service follows the other at once: no pause of a routine look lies between.
    expect(world.clock.now() - begun).toBeLessThan(240_000);
    const mark = world.calls.length;
    await world.clock.advance(3_600_000);
    expect(world.writesSince(mark).filter((write) => !write.includes('Event'))).toEqual([]);
  });

  it('stops what must not run beside the new release, before it is replaced', async () => {
    await cloudOf({});
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    const key = { namespace: 'openstack', name: 'nova-api' };
    await world.until(
      'nova-api is stopped',
      async () => (await world.api.get(DeploymentKind, key))?.spec?.replicas === 0,
    );
    await world.until('the cloud is upgraded', isUpgraded);
    expect((await world.api.get(DeploymentKind, key))?.spec?.replicas).toBe(2);
  });

  it('goes on where it was, killed at any moment', async () => {
    await cloudOf({});
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    for (let i = 0; i < 15; i += 1) {
      await world.clock.advance(3_000);
      await world.kill();
    }
    await world.until('the cloud is upgraded', isUpgraded);
    expect(world.workloads.completed).toEqual(['keystone', 'glance', 'nova'].flatMap(jobsOf));
  });

  it('is refused by a check that fails, before anything is changed', async () => {
    await cloudOf({});
    world.workloads.failing.set('keystone-upgrade-check', 1);
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    expect((await world.status())?.progress?.message).toContain('keystone-upgrade-check failed');
    const api = await world.api.get(DeploymentKind, { namespace: 'openstack', name: 'keystone-api' });
    expect(JSON.stringify(api?.spec)).toContain('keystone:caracal');
    await world.until('the check is run again and lets it go on', isUpgraded);
  });

  it('does not begin while the cloud is not healthy', async () => {
    await cloudOf({});
    const key = { namespace: 'openstack', name: 'glance-api' };
    world.workloads.stuck.add('glance-api');
    await world.api.patch(DeploymentKind, key, { status: { availableReplicas: 0 } }, { subresource: 'status' });
    await world.until('it is not healthy', async () => !(await isHealthy()), 120);
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.clock.advance(120_000);
    expect((await world.status())?.progress?.reason).toBe('NotHealthy');
    expect(world.workloads.completed).toEqual([]);
    world.workloads.stuck.clear();
    await world.until('the cloud is upgraded', isUpgraded);
  });

  it('is paused until a time, and goes on by itself', async () => {
    await cloudOf({});
    const until = rfc3339(world.clock.now() + 600_000);
    await world.api.patch(OpenStackDeploymentKind, cloudKey, {
      metadata: { annotations: { [pauseAnnotation]: until } },
    });
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.clock.advance(300_000);
    expect((await world.status())?.progress?.reason).toBe('UpgradePaused');
    expect(world.workloads.completed).toEqual([]);
    await world.until('the cloud is upgraded', isUpgraded, 1_200);
  });

  it('of a cloud as it is rendered comes to its end', async () => {
    const spec = { preset: 'core', features: { services: ['descheduler'] } };
    const isSuspended = async () => {
      const key = { namespace: 'openstack', name: 'openstack-descheduler' };
      const job: object = (await world.api.get(CronJobKind, key)) ?? {};
      return JSON.stringify(Reflect.get(job, 'spec')).includes('"suspend":true');
    };
    await cloudOf(spec, { renderer: cloudRenderer });
    expect(await isSuspended()).toBe(false);
    await world.apply(aDeployment({ ...spec, openstack_version: 'epoxy' }));
    await world.until('the descheduler rests', async () => (await isSuspended()) === true, 60);
    expect((await versions())['identity']).toBe('caracal');
    await world.until('the cloud is upgraded', isUpgraded);
    expect(await isSuspended()).toBe(false);
    expect(new Set(Object.values(await versions()))).toEqual(new Set(['epoxy']));
  });
});

describe('a rotation of credentials', () => {
  it('of services makes new users, keeps the old ones as backup and is applied', async () => {
    await cloudOf({});
    const key = { namespace: 'openstack', name: 'generated-nova-service' };
    const before = await world.api.get(SecretKind, key);
    await world.api.patch(
      OpenStackDeploymentKind,
      cloudKey,
      { status: { credentials: { service: { rotation_id: 1 } } } },
      { subresource: 'status' },
    );
    await world.until('it is seen', async () => (await world.status())?.osdpl?.state === 'APPLYING', 60);
    await world.until('it is applied', isApplied);
    await world.clock.advance(10_000);
    const after = await world.api.get(SecretKind, key);
    expect(Buffer.from(after?.data?.['username'] ?? '', 'base64').toString()).toBe('nova-r1');
    expect(after?.data?.['password']).not.toBe(before?.data?.['password']);
    const backup = await world.api.get(SecretKind, { ...key, name: `${key.name}-backup` });
    expect(backup?.data).toEqual(before?.data);
    expect(backup?.metadata.annotations?.['openstack.lcm.mirantis.com/secret_priority']).toBe('backup');
    const etc = await world.api.get(SecretKind, { namespace: 'openstack', name: 'nova-etc' });
    expect(Buffer.from(etc?.data?.['service.conf'] ?? '', 'base64').toString()).toContain('user = nova-r1');
    expect((await world.status())?.credentials?.rotation?.['service']?.timestamp).toBeDefined();
    const admin = await world.api.get(SecretKind, { ...key, name: 'generated-keystone-admin' });
    expect(Buffer.from(admin?.data?.['username'] ?? '', 'base64').toString()).toBe('admin');
  });
});
