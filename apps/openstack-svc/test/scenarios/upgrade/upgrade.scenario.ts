import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CronJobKind,
  DeploymentKind,
  EventKind,
  JobKind,
  OpenStackDeploymentKind,
  SecretKind,
  StatefulSetKind,
} from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { checkOverrideAnnotation, pauseAnnotation } from '../../../src/names.js';
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
const projects = ['keystone', 'glance', 'nova'];
const checks = projects.map((project) => `${project}-upgrade-check`);
/** The checks of all services come before the steps of any. */
const jobsOfAnUpgrade = [
  ...checks,
  ...projects.flatMap((project) => ['expand', 'contract', 'db-sync'].map((job) => `${project}-${job}`)),
];
const ran = () => [...world.workloads.completed.slice(0, 3).sort(byOrder), ...world.workloads.completed.slice(3)];
const byOrder = (one: string, other: string) => jobsOfAnUpgrade.indexOf(one) - jobsOfAnUpgrade.indexOf(other);
const checksThere = async () =>
  (await world.api.list(JobKind, { namespace: 'openstack' })).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => checks.includes(name));
/** Of what runs, by name: that of which nothing may change. */
const workloads = async () =>
  Object.fromEntries(
    (await world.api.list(DeploymentKind, { namespace: 'openstack' })).items.map(({ metadata, spec }) => [
      metadata.name,
      [metadata.generation, JSON.stringify(spec)],
    ]),
  );

describe('an upgrade', () => {
  it('takes services one by one, each through its steps', async () => {
    await cloudOf({});
    const begun = world.clock.now();
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('identity is upgraded', async () => (await versions())['identity'] === 'epoxy');
    expect(await versions()).toMatchObject({ image: 'caracal', compute: 'caracal' });
    expect((await world.status())?.osdpl).toMatchObject({ state: 'APPLYING', openstack_version: 'caracal' });
    await world.until('the cloud is upgraded', isUpgraded);
    expect(ran()).toEqual(jobsOfAnUpgrade);
    expect((await world.status())?.osdpl?.cause).toBe('upgrade from caracal to epoxy');
    // One service follows the other at once: no pause of a routine look lies between.
    expect(world.clock.now() - begun).toBeLessThan(240_000);
    const mark = world.calls.length;
    await world.clock.advance(3_600_000);
    expect(world.writesSince(mark).filter((write) => !write.includes('Event'))).toEqual([]);
    // The next upgrade is asked anew.
    expect(await checksThere()).toEqual([]);
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
    expect(ran()).toEqual(jobsOfAnUpgrade);
  });

  it('is refused by a check that fails, of whichever service, before anything of any is changed', async () => {
    await cloudOf({});
    const before = await workloads();
    world.workloads.failing.set('nova-upgrade-check', 2);
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    const { progress } = (await world.status()) ?? {};
    expect(progress?.waitingOn).toMatchObject({ kind: 'Job', name: 'nova-upgrade-check' });
    expect(progress?.message).toMatch(/compute: .*nova-upgrade-check failed .*It is the check of epoxy/);
    expect(progress?.message).toContain('kubectl -n openstack logs job/nova-upgrade-check');
    expect(progress?.message).toContain('set spec.openstack_version back to caracal');
    await world.clock.advance(15_000);
    expect(world.workloads.completed.sort(byOrder)).toEqual(checks.slice(0, 2));
    expect(await workloads()).toEqual(before);
    await world.until('the check is run again and lets it go on', isUpgraded);
    expect(ran()).toEqual(jobsOfAnUpgrade);
  });

  it('passes a check over that an operator calls wrong, for that project and release alone, and writes it down', async () => {
    await cloudOf({});
    world.workloads.failing.set('nova-upgrade-check', 1_000);
    const override = (text: string) =>
      world.api.patch(OpenStackDeploymentKind, cloudKey, {
        metadata: { annotations: { [checkOverrideAnnotation]: text } },
      });
    await override('nova:caracal, glance:epoxy');
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    await world.clock.advance(60_000);
    expect((await world.status())?.progress?.message).toContain(
      'the annotation keelson.dev/upgrade-check-override=nova:epoxy on the OpenStackDeployment passes it over',
    );
    expect(new Set(Object.values(await versions()))).toEqual(new Set(['caracal']));
    await override('glance:epoxy, nova:epoxy');
    await world.until('the cloud is upgraded', isUpgraded);
    const { services = {} } = (await world.status()) ?? {};
    expect(Object.entries(services).map(([name, status]) => [name, status.upgrade_check_overridden])).toEqual(
      Object.keys(services).map((name) => [name, name === 'compute' ? 'epoxy' : undefined]),
    );
    const told = (await world.api.list(EventKind)).items.filter(({ reason }) => reason === 'UpgradeCheckOverridden');
    expect(told.map(({ message }) => message)).toEqual([
      'the upgrade check of epoxy for nova (Job nova-upgrade-check) has failed and is passed over, as keelson.dev/upgrade-check-override says',
    ]);
  });

  it('is refused with pinned images by the service as by the webhook, which is away here', async () => {
    const pinned = { services: { compute: { nova: { values: { images: { tags: { nova_api: 'nova:mine' } } } } } } };
    await cloudOf(pinned);
    const before = await workloads();
    await world.apply(aDeployment({ openstack_version: 'epoxy', ...pinned }));
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED', 120);
    expect((await world.status())?.progress).toMatchObject({
      reason: 'PinnedImages',
      message:
        'spec.services.compute.nova.values.images.tags pins images: with it the cloud would not become epoxy; take it out first',
    });
    await world.clock.advance(120_000);
    expect(await workloads()).toEqual(before);
    expect(await checksThere()).toEqual([]);
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('the cloud is upgraded', isUpgraded);
  });

  it('that a check refuses is taken back in the spec, and the cloud is as it was', async () => {
    await cloudOf({});
    const before = await workloads();
    world.workloads.failing.set('glance-upgrade-check', 1_000);
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('it is told', async () => {
      const status = (await world.api.get(OpenStackDeploymentKind, cloudKey))?.status;
      return status?.state === 'FAILED' && status.openstack_version === 'caracal';
    });
    await world.apply(aDeployment({ openstack_version: 'caracal' }));
    await world.until('the cloud is applied', isApplied, 120);
    await world.until('the checks are gone', async () => (await checksThere()).length === 0, 120);
    expect(await workloads()).toEqual(before);
    expect((await world.status())?.osdpl).toMatchObject({ state: 'APPLIED', openstack_version: 'caracal' });
    expect(new Set(Object.values(await versions()))).toEqual(new Set(['caracal']));
    // Another attempt asks again.
    world.workloads.failing.clear();
    world.workloads.completed.length = 0;
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.until('the cloud is upgraded', isUpgraded);
    expect(ran()).toEqual(jobsOfAnUpgrade);
  });

  it('can no longer be taken back once a service has begun', async () => {
    await cloudOf({});
    world.workloads.stuck.add('keystone-expand');
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    const begun = async () => (await world.status())?.services?.['identity']?.state === 'APPLYING';
    await world.until('identity has begun', begun);
    await world.clock.advance(10_000);
    await expect(world.apply(aDeployment({ openstack_version: 'caracal' }))).rejects.toThrow('cannot be downgraded');
  });

  it.each(['mariadb-server', 'rabbitmq-server'])('asks nothing while %s is not whole', async (name) => {
    await cloudOf({});
    const key = { namespace: 'openstack', name };
    world.workloads.most.set(name, 2);
    await world.api.patch(StatefulSetKind, key, { status: { readyReplicas: 2 } }, { subresource: 'status' });
    await world.apply(aDeployment({ openstack_version: 'epoxy' }));
    await world.clock.advance(120_000);
    const { progress } = (await world.status()) ?? {};
    expect(progress).toMatchObject({ reason: 'NotHealthy', waitingOn: { kind: 'StatefulSet', name } });
    expect(world.workloads.completed).toEqual([]);
    expect(await checksThere()).toEqual([]);
    world.workloads.most.clear();
    await world.until('the cloud is upgraded', isUpgraded);
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
