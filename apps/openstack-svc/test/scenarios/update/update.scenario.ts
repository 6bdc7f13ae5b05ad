import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterReleaseKind,
  crdOf,
  DaemonSetKind,
  DeploymentKind,
  type KubeObject,
  OpenStackDeploymentStatusKind,
  StatefulSetKind,
  TFOperatorKind,
} from '@keelson/api';
import type { Subscription } from '@keelson/bus';
import { openstackRequests, type UpdateAnswer, updateOwners } from '@keelson/contracts';
import type { Http } from '@keelson/std';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { answerHypervisors } from '../../../src/room/room.handlers.js';
import { answerUpdates } from '../../../src/update/update.handlers.js';
import { cloudKey } from '../cloud-world.js';
import { type Clusters, openClusters } from '../clusters.js';
import { wellCloud } from '../well-cloud.js';

const query = { namespace: 'demo', cluster: 'first', plan: 'first-21.2.0', step: 'openstack', target: 'mosk-b' };
const { update, progress } = updateOwners.openstack.requests;
let clusters: Clusters;
let subscriptions: readonly Subscription[];

function releaseOf(name: string, version: string, ...openstack: readonly string[]): KubeObject {
  return withCharts(name, { version, allowedOpenstackReleases: openstack.map((id) => ({ id })) });
}

/** A release that brings images of its own: all have the tag. */
function bringing(name: string, version: string, tag: unknown): KubeObject {
  const images = { tags: { mariadb: tag, rabbitmq: tag }, openstack: { caracal: { tag }, epoxy: { tag } } };
  const operator = { name: 'openstack-operator', namespace: 'osh-system', values: { images } };
  return withCharts(name, { version, helm: { releases: [operator] } });
}

function withCharts(name: string, spec: object): KubeObject {
  const whole: KubeObject & { spec: object } = {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterRelease',
    metadata: { name },
    spec,
  };
  return whole;
}

beforeEach(async () => {
  clusters = await openClusters(cloudWithHosts);
  const { management, openstack } = clusters;
  const { bus, api } = management;
  const { attachments } = openstack;
  subscriptions = [...(await answerUpdates(bus, api, attachments)), await answerHypervisors({ bus, attachments })];
  await management.apply(releaseOf('mosk-b', '21.2.0+26.2', 'caracal', 'epoxy'));
  await clusters.add('first');
});
afterEach(async () => {
  await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  await clusters.close();
});

async function withCloud(spec: SpecPatch = {}): Promise<void> {
  const { management } = clusters;
  await attached();
  await clusters.child('first').apply(aDeployment(spec), { fieldManager: 'operator' });
  await management.until('the cloud is applied', () => clusters.isApplied('first'));
}

function attached(): Promise<void> {
  const { management, openstack } = clusters;
  const at = { namespace: 'demo', name: 'first' };
  return management.until('it is at work', () => openstack.attachments.lacks(at) === undefined);
}

const ask = (more: object = {}): Promise<UpdateAnswer> =>
  clusters.management.bus.request(progress, { ...query, ...more }, { timeoutMs: 5_000 });
const order = (more: object = {}): Promise<UpdateAnswer> =>
  clusters.management.bus.request(update, { ...query, ...more }, { timeoutMs: 5_000 });
/** Projects with the tag of their workloads' images. */
async function tags(): Promise<readonly (readonly [string, string])[]> {
  const child = clusters.child('first');
  const sets = await Promise.all([DeploymentKind, StatefulSetKind, DaemonSetKind].map((kind) => child.list(kind)));
  return sets.flatMap(({ items }) =>
    items.map(({ metadata, spec }) => {
      const [container] = (spec?.template?.spec?.['containers'] ?? []) as readonly { image?: string }[];
      const image = container?.image ?? '';
      return [metadata.labels?.['application'] ?? '', image.split(':')[1] ?? ''] as const;
    }),
  );
}
const statusOf = async () => (await clusters.child('first').get(OpenStackDeploymentStatusKind, cloudKey))?.status;

/** A cloud with two hypervisors, of which nova-compute runs on one only. */
const cloudWithHosts: Http = async (request) => {
  const host = (name: string, used: number) => ({
    hypervisor_hostname: name,
    memory_mb: 4096,
    memory_mb_used: used,
    state: 'up',
    status: 'enabled',
    service: { host: name },
  });
  const service = { id: '1', host: 'cmp-1', zone: 'nova', status: 'enabled', state: 'up' };
  const body = request.url.includes('/os-hypervisors')
    ? { hypervisors: [host('cmp-1', 1024), host('gone', 0)] }
    : { services: [service] };
  const answer = await wellCloud(request);
  return request.url.includes('/os-') ? { ...answer, body: Buffer.from(JSON.stringify(body)) } : answer;
};

const hypervisors = () =>
  clusters.management.bus.request(
    openstackRequests.hypervisor.list,
    { namespace: 'demo', cluster: 'first' },
    { timeoutMs: 5_000 },
  );

describe('room for instances', () => {
  it('is told of each hypervisor; of a cluster without a cloud there is none, and one that is away is named', async () => {
    await attached();
    expect(await hypervisors()).toEqual({ hosts: [] });
    await withCloud();
    expect(await hypervisors()).toEqual({ hosts: [{ node: 'cmp-1', zone: 'nova', usedMiB: 1024, freeMiB: 3072 }] });
    await clusters.openstack.attachments.closeAll();
    await expect(hypervisors()).rejects.toThrow('nothing is known of the hypervisors of demo/first');
  });
});

describe('the step openstack of an update', () => {
  it('is asked for, done and told so, whoever asks again', async () => {
    await withCloud();
    expect(await ask()).toMatchObject({ status: 'NotAsked' });
    expect(await order()).toMatchObject({ status: 'InProgress', message: expect.stringContaining('21.2.0+26.2') });
    await clusters.management.until('it is done', async () => (await ask()).status === 'Completed', 120);
    expect((await statusOf())?.osdpl).toMatchObject({ release: '21.2.0+26.2', state: 'APPLIED' });
    expect(await order()).toMatchObject({ status: 'Completed' });
  });

  it('does not begin while it is held', async () => {
    await withCloud();
    expect(await order({ hold: 'the alert A fires' })).toMatchObject({
      status: 'InProgress',
      message: 'held: the alert A fires',
      hold: 'the alert A fires',
    });
    await clusters.management.advance(120);
    expect((await statusOf())?.osdpl?.release).not.toBe('21.2.0+26.2');
    await order();
    await clusters.management.until('it is done', async () => (await ask()).status === 'Completed', 120);
  });

  it('brings the images of the release to every service, to what others need first', async () => {
    const toB = { target: 'mosk-d' };
    await clusters.management.apply(bringing('mosk-d', '21.3.0+26.3', 'd'));
    await withCloud();
    const before = await tags();
    expect(before).toContainEqual(['mariadb', 'stable']);
    await order(toB);
    const rolled: string[] = [];
    const counted = new Set<number>();
    await clusters.management.until(
      'it is done',
      async () => {
        for (const [project, tag] of await tags()) if (tag === 'd' && !rolled.includes(project)) rolled.push(project);
        const { status, percent } = await ask(toB);
        if (percent !== undefined) counted.add(percent);
        return status === 'Completed';
      },
      600,
    );
    expect([...counted].some((percent) => percent > 0 && percent < 100)).toBe(true);
    expect([...counted]).toEqual([...counted].sort((a, b) => a - b));
    expect((await statusOf())?.osdpl?.pods_percent).toBeUndefined();
    expect(new Set((await tags()).map(([, tag]) => tag))).toEqual(new Set(['d']));
    expect(rolled.slice(2)).toEqual(['keystone', 'glance', 'nova']);
    expect(rolled.slice(0, 2).sort()).toEqual(['mariadb', 'rabbitmq']);
    const services = Object.values((await statusOf())?.services ?? {});
    expect(services.map(({ release }) => release)).toEqual(services.map(() => '21.3.0+26.3'));
  });

  it('goes on with the images of a release that is taken back halfway, whoever was killed meanwhile', async () => {
    const toD = { target: 'mosk-d' };
    await clusters.management.apply(bringing('mosk-d', '21.3.0+26.3', 'd'));
    await withCloud();
    await order(toD);
    await clusters.management.until('it has begun', async () => (await tags()).some(([, tag]) => tag === 'd'));
    await clusters.management.api.delete(ClusterReleaseKind, { name: 'mosk-d' });
    await clusters.give('first', 'first#2');
    clusters.points.set('first', 'another');
    await clusters.give('first', 'first#3');
    await clusters.management.until(
      'the cloud is applied',
      async () => (await tags()).every(([, tag]) => tag === 'd'),
      600,
    );
    expect((await statusOf())?.osdpl?.release).toBe('21.3.0+26.3');
  });

  it('waits while the images cannot be read, and says so; the cloud stays what it is', async () => {
    const toD = { target: 'mosk-d' };
    await clusters.management.apply(bringing('mosk-d', '21.3.0+26.3', 'd'));
    await withCloud();
    clusters.isManagementAway = true;
    await order(toD);
    const told = () => ask(toD).then(({ message }) => message);
    await clusters.management.until('it is told', async () => (await told())?.includes('cannot be read') === true, 30);
    expect(await ask(toD)).toMatchObject({ status: 'InProgress' });
    expect(new Set((await tags()).map(([, tag]) => tag))).not.toContain('d');
    clusters.isManagementAway = false;
    await clusters.management.until('it is done', async () => (await ask(toD)).status === 'Completed', 600);
  });

  it('fails for a release whose images cannot be understood, with the name of the field', async () => {
    await clusters.management.apply(bringing('mosk-d', '21.3.0+26.3', 7));
    await withCloud();
    await order({ target: 'mosk-d' });
    const failed = async () => (await ask({ target: 'mosk-d' })).status === 'Failed';
    await clusters.management.until('it has failed', failed, 60);
    expect((await ask({ target: 'mosk-d' })).message).toMatch(
      /ClusterRelease mosk-d: spec\.helm\.releases\[openstack-operator\]\.values\.images\./u,
    );
  });

  it('is done when OpenSDN under the cloud is of the release too, and tells how that is', async () => {
    await withCloud();
    const child = clusters.child('first');
    const key = { namespace: 'tf', name: 'openstack-tf' };
    const reports = (status: object): Promise<unknown> =>
      child.patch(TFOperatorKind, key, { status }, { subresource: 'status' });
    const as = { fieldManager: 'operator' };
    await child.apply(crdOf(TFOperatorKind), as);
    await child.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tf' } }, as);
    const operator = { apiVersion: 'tf.mirantis.com/v2', kind: 'TFOperator', metadata: key, spec: {} };
    await child.apply(operator, as);
    await reports({ state: 'Ready', health: '7/7', release: '21.1.0+26.1' });
    await order();
    const tells = async (text: string): Promise<boolean> => (await ask()).message?.includes(text) === true;
    await clusters.management.until(
      'OpenSDN is next',
      () => tells('OpenSDN openstack-tf is about to take on 21.2.0+26.2'),
      120,
    );
    expect(await ask()).toMatchObject({
      status: 'InProgress',
      waitingOn: { kind: 'TFOperator', namespace: 'demo/first:tf', name: 'openstack-tf' },
    });
    await reports({
      state: 'Deploying',
      release: '21.2.0+26.2',
      progress: { state: 'Deploying', since: '2030-01-01T00:00:00Z', message: 'vRouter: a pod is late' },
    });
    expect(await ask()).toMatchObject({
      status: 'InProgress',
      message: 'OpenSDN openstack-tf is Deploying: vRouter: a pod is late',
    });
    await reports({ state: 'Failed' });
    expect(await ask()).toMatchObject({ status: 'Failed' });
    await reports({ state: 'Ready', health: '6/7' });
    expect(await ask()).toMatchObject({ message: expect.stringContaining('is not healthy (6/7)') });
    await reports({ state: 'Ready', health: '7/7' });
    expect(await ask()).toMatchObject({ status: 'Completed' });
  });

  it('is refused for a release that does not know the OpenStack of the cloud', async () => {
    await clusters.management.apply(releaseOf('mosk-c', '21.9.0+27.1', 'gazpacho'));
    await withCloud();
    // Told before anybody has asked for it: the release is not on the cluster then.
    expect(await ask({ target: 'mosk-c' })).toEqual({
      status: 'Failed',
      message: expect.stringContaining('upgrade it to one of gazpacho first'),
      waitingOn: { kind: 'OpenStackDeployment', namespace: 'demo/first:openstack', name: cloudKey.name },
    });
    await expect(order({ target: 'mosk-c' })).rejects.toThrow('upgrade it to one of gazpacho first');
    expect((await statusOf())?.osdpl?.release).not.toBe('21.9.0+27.1');
  });

  it('names what of the cloud is in work', async () => {
    await attached();
    await clusters.child('first').apply(aDeployment(), { fieldManager: 'operator' });
    await clusters.management.until('there is a status', async () => (await statusOf())?.osdpl !== undefined);
    await order();
    const answer = await ask();
    expect(answer).toMatchObject({ status: 'InProgress', waitingOn: { namespace: 'demo/first:openstack' } });
    await clusters.management.until('it is done', async () => (await ask()).status === 'Completed', 600);
  });

  it('is done at once where there is no cloud, and blocked where the cluster is away', async () => {
    await attached();
    expect(await ask()).toMatchObject({ status: 'Completed', message: expect.stringContaining('carries no cloud') });
    await expect(ask({ cluster: 'second' })).rejects.toThrow('cannot be worked on');
    await expect(ask({ step: 'ceph' })).rejects.toThrow('the step openstack');
  });
});
