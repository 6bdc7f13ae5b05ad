import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DeploymentKind,
  EventKind,
  JobKind,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
} from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const isHealthy = async () => (await world.status())?.osdpl?.health === '5/5';

/** A cloud that is applied and healthy, with nothing left to do. */
async function applied(): Promise<void> {
  await world.apply(aDeployment());
  await world.until('the cloud is applied', isApplied);
  await world.until('the cloud is healthy', isHealthy);
  await world.clock.advance(60_000);
}

describe('an OpenStackDeployment that is made', () => {
  it('is applied in order, and then costs nothing more', async () => {
    world = await aCloudWorld();
    await applied();
    const status = await world.status();
    expect(status?.osdpl).toMatchObject({
      state: 'APPLIED',
      openstack_version: 'epoxy',
      lcm_progress: '5/5',
      health: '5/5',
      release: '21.1.0+26.1',
    });
    expect(Object.values(status?.services ?? {}).map(({ state, tasks }) => [state, tasks])).toEqual(
      Array.from({ length: 5 }, () => ['APPLIED', undefined]),
    );
    expect(world.workloads.completed).toEqual(['keystone-db-sync', 'glance-db-sync', 'nova-db-sync']);
    const writes = world.writesSince(0);
    expect(writes.filter((write) => !write.includes('status')).length).toBe(
      new Set(writes.filter((write) => !write.includes('status'))).size,
    );
    expect(writes.filter((write) => write.endsWith('status')).length).toBeLessThan(30);
    const mark = world.calls.length;
    await world.clock.advance(3_600_000);
    expect(world.writesSince(mark)).toEqual([]);
    await world.kill();
    await world.clock.advance(3_600_000);
    expect(world.writesSince(mark).filter((write) => !write.endsWith('status'))).toEqual([]);
  });

  it('gives operators a clouds.yaml and keeps what it generated', async () => {
    world = await aCloudWorld();
    await applied();
    const secret = await world.api.get(SecretKind, {
      namespace: 'openstack-external',
      name: 'openstack-identity-credentials',
    });
    const text = Buffer.from(secret?.data?.['clouds.yaml'] ?? '', 'base64').toString();
    expect(text).toContain('https://keystone.cloud.example.org/');
    const admin = await world.api.get(SecretKind, { namespace: 'openstack', name: 'generated-keystone-admin' });
    const password = Buffer.from(admin?.data?.['password'] ?? '', 'base64').toString();
    expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    const names = [...text.matchAll(/(?:username|password): (.*)/g)].map(([, value]) => value);
    expect(names).toEqual(['admin', password, 'admin', password]);
    expect(JSON.stringify(await world.status())).not.toContain(password);
  });

  it('in draft is left alone', async () => {
    world = await aCloudWorld();
    await world.apply(aDeployment({ draft: true }));
    await world.clock.advance(60_000);
    expect((await world.api.get(OpenStackDeploymentKind, cloudKey))?.status?.state).toBe('DRAFT');
    expect((await world.api.list(DeploymentKind)).items).toEqual([]);
  });

  it('beside another one is refused by what it says', async () => {
    world = await aCloudWorld();
    await world.apply(aDeployment());
    await world.clock.advance(1_000);
    await world.apply(aDeployment({}, 'second'));
    await world.clock.advance(10_000);
    const second = await world.api.get(OpenStackDeploymentKind, { ...cloudKey, name: 'second' });
    expect(second?.status).toMatchObject({ state: 'FAILED', progress: { reason: 'AnotherDeployment' } });
    expect((await world.api.list(OpenStackDeploymentStatusKind)).items).toHaveLength(1);
  });

  it('in another namespace is refused by what it says, and nothing is made for it', async () => {
    world = await aCloudWorld();
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const elsewhere = { name: 'osh', namespace: 'other' };
    await world.apply({ ...aDeployment(), metadata: elsewhere });
    await world.clock.advance(10_000);
    const deployment = await world.api.get(OpenStackDeploymentKind, elsewhere);
    expect(deployment?.status).toMatchObject({ state: 'FAILED', progress: { reason: 'Misplaced' } });
    expect((await world.api.list(OpenStackDeploymentStatusKind)).items).toEqual([]);
    expect((await world.api.list(SecretKind, { namespace: 'other' })).items).toEqual([]);
  });

  it('tells once that checks of signatures hold up load balancers whose image has none', async () => {
    world = await aCloudWorld();
    const glance = { signature: { enabled: true } };
    await world.apply(aDeployment({ features: { glance, services: ['load-balancer'] } }));
    await world.clock.advance(10_000);
    const told = (await world.api.list(EventKind)).items.filter(({ reason }) => reason === 'UnsignedImages');
    expect(told.map(({ message }) => message)).toEqual([expect.stringContaining('tagged amphora')]);
  });
});

describe('a cloud that is changed', () => {
  it('is applied where it differs, and only there', async () => {
    world = await aCloudWorld();
    await applied();
    const mark = world.calls.length;
    await world.apply(aDeployment({ region_name: 'north' }));
    await world.until('the change is seen', async () => (await world.status())?.osdpl?.state === 'APPLYING', 60);
    await world.until('the change is applied', isApplied);
    const touched = world.writesSince(mark).filter((write) => !write.endsWith('status'));
    expect(touched.filter((write) => write.includes('Service '))).toEqual([]);
    expect(touched).toEqual(
      expect.arrayContaining(['apply Secret nova-etc', 'apply Deployment nova-api', 'delete Job nova-db-sync']),
    );
  });

  it('loses the services that are no longer wanted', async () => {
    world = await aCloudWorld();
    await applied();
    await world.apply(aDeployment({ migration: { without: ['compute'] } }));
    await world.until('compute is gone', async () => (await world.status())?.osdpl?.lcm_progress === '4/4');
    await world.until('the cloud is applied', isApplied);
    expect((await world.api.list(DeploymentKind)).items.map(({ metadata }) => metadata.name).sort()).toEqual([
      'glance-api',
      'keystone-api',
    ]);
    expect(Object.keys((await world.status())?.services ?? {})).not.toContain('compute');
  });

  it('by hand is put right again', async () => {
    world = await aCloudWorld();
    await applied();
    const key = { namespace: 'openstack', name: 'glance-api' };
    await world.api.patch(DeploymentKind, key, { spec: { replicas: 7 } });
    await world.until(
      'it has its replicas again',
      async () => (await world.api.get(DeploymentKind, key))?.spec?.replicas === 2,
      60,
    );
    await world.api.delete(DeploymentKind, key);
    await world.until('it is there again', async () => (await world.api.get(DeploymentKind, key)) !== undefined, 60);
  });

  it('with a mistake says which, and what runs goes on', async () => {
    world = await aCloudWorld();
    await applied();
    await world.apply(aDeployment({ migration: { without: 'broken' } }));
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED', 60);
    expect((await world.status())?.progress?.message).toContain('spec.migration.without');
    expect((await world.api.list(DeploymentKind)).items).toHaveLength(3);
    await world.apply(aDeployment());
    await world.until('it is applied again', isApplied, 60);
  });

  it('with a mistake that concerns one service says so; that one keeps what it has, and the others follow the spec', async () => {
    world = await aCloudWorld();
    await applied();
    const region = async (project: string) => {
      const secret = await world.api.get(SecretKind, { namespace: 'openstack', name: `${project}-etc` });
      return Buffer.from(secret?.data?.['service.conf'] ?? '', 'base64').toString('utf8');
    };
    const wrong = { migration: { unrendered: 'image' }, region_name: 'RegionTwo' };
    await world.apply(aDeployment(wrong));
    await world.until('nova has it', async () => (await region('nova')).includes('RegionTwo'), 120);
    const told = async () => (await world.status())?.progress?.message ?? '';
    await world.until('it is told', async () => (await told()).includes('unrendered names image'), 60);
    expect((await world.status())?.osdpl?.state).toBe('FAILED');
    expect(await region('glance')).not.toContain('RegionTwo');
    expect((await world.api.list(DeploymentKind)).items).toHaveLength(3);
    await world.apply(aDeployment({ ...wrong, migration: {} }));
    await world.until('it is applied', isApplied, 120);
    expect(await region('glance')).toContain('RegionTwo');
  });

  it('goes with all that belongs to it, but its credentials', async () => {
    world = await aCloudWorld();
    await applied();
    await world.api.delete(OpenStackDeploymentKind, cloudKey, { propagation: 'Background' });
    await world.clock.advance(60_000);
    expect((await world.api.list(DeploymentKind)).items).toEqual([]);
    expect(await world.api.get(OpenStackDeploymentStatusKind, cloudKey)).toBeUndefined();
    expect(await world.api.get(SecretKind, { namespace: 'openstack', name: 'generated-keystone-admin' })).toBeDefined();
  });
});

describe('trouble', () => {
  it('of a Job is tried again without redoing what is done', async () => {
    world = await aCloudWorld();
    world.workloads.failing.set('glance-db-sync', 3);
    await world.apply(aDeployment());
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    await world.until('the cloud is applied', isApplied);
    expect(world.workloads.completed).toEqual(['keystone-db-sync', 'glance-db-sync', 'nova-db-sync']);
    const job = await world.api.get(JobKind, { namespace: 'openstack', name: 'glance-db-sync' });
    expect(job?.metadata.annotations?.['keelson.dev/attempt']).toBe('4');
  });

  it('of a workload that never gets ready is told when its time is over, and its name', async () => {
    world = await aCloudWorld();
    world.workloads.stuck.add('keystone-api');
    await world.apply(aDeployment());
    await world.until('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED', 1_200);
    const status = await world.status();
    expect(status?.progress).toMatchObject({ reason: 'NotReady' });
    expect(status?.services?.['compute']?.state).toBe('WAITING');
    world.workloads.stuck.clear();
    await world.until('the cloud is applied', isApplied);
  });

  it('of a process killed at any moment does no harm', async () => {
    world = await aCloudWorld();
    await world.apply(aDeployment());
    for (let i = 0; i < 12; i += 1) {
      await world.clock.advance(2_000);
      await world.kill();
    }
    await world.until('the cloud is applied', isApplied);
    expect(world.workloads.completed).toEqual(['keystone-db-sync', 'glance-db-sync', 'nova-db-sync']);
  });
});
