import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deleteObject } from '../registry/remove.js';
import { getScale, patchScale, replaceScale } from '../registry/scale.js';
import { patchObject, replaceObject } from '../registry/write.js';
import { ApiError } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { type TestEngine, testEngine } from './engine.fixtures.js';

const labels = { app: 'web' };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
};
const deployment: Draft = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'default', name: 'web' },
  spec: { replicas: 2, selector: { matchLabels: labels }, template },
};
const pod = (name: string): Draft => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, labels },
  spec: { nodeName: 'n1', ...template.spec },
});
const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
const budget = (spec: Draft): Draft => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { namespace: 'default', name: 'web' },
  spec: { selector: { matchLabels: labels }, ...spec },
});

describe('the child profile', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine({ profile: 'child' });
  });
  afterEach(() => engine.close());
  const runningPods = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await engine.create(pod(name));
      await engine.merge(pod(name), ready, 'status');
    }
  };
  const evict = (name: string): Promise<unknown> =>
    engine
      .evict({ namespace: 'default', name }, engine.call(pod(name)), {})
      .catch((error: unknown) => (error instanceof ApiError ? error.status : error));

  it('fills what controllers and drains read', async () => {
    expect(
      (await engine.create({ ...deployment, spec: { selector: { matchLabels: labels }, template } })).spec,
    ).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      template: {
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          containers: [{ ports: [{ containerPort: 80, protocol: 'TCP' }] }],
        },
      },
    });
    expect(await engine.create(pod('p'))).toMatchObject({
      status: { phase: 'Pending' },
      spec: { serviceAccountName: 'default', dnsPolicy: 'ClusterFirst' },
    });
  });

  it('refuses what a real server would: no selector, one that misses its template, one that changes', async () => {
    await expect(engine.create({ ...deployment, spec: { template } })).rejects.toThrow('spec.selector: Required value');
    await expect(
      engine.create({ ...deployment, spec: { selector: { matchLabels: { app: 'other' } }, template } }),
    ).rejects.toThrow('`selector` does not match template `labels`');
    await engine.create(deployment);
    const other = { matchLabels: { app: 'web', tier: 'x' } };
    await expect(
      engine.merge(deployment, { spec: { selector: other, template: { metadata: { labels: other.matchLabels } } } }),
    ).rejects.toThrow('field is immutable');
    await engine.create(pod('p'));
    await expect(engine.merge(pod('p'), { spec: { hostNetwork: true } })).rejects.toThrow(
      'pod updates may not change fields other than',
    );
  });

  it('merges lists by their keys in a strategic patch', async () => {
    await engine.create(deployment);
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'c', env: [{ name: 'A', value: '1' }] },
              { name: 'd', image: 'j' },
            ],
          },
        },
      },
    };
    const { object } = await patchObject(engine.registry, engine.call(deployment), 'web', 'main', 'strategic', patch);
    const { containers } = (object.spec as { template: { spec: { containers: Draft[] } } }).template.spec;
    expect(containers).toMatchObject([
      { name: 'c', image: 'i', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] },
      { name: 'd', image: 'j' },
    ]);
  });

  it('shares a list between appliers by its keys', async () => {
    await engine.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name: 's' },
      spec: { ports: [{ name: 'a', port: 1 }] },
    });
    const applied = (port: number): Draft => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name: 's' },
      spec: { ports: [{ name: `p${port}`, port }] },
    });
    const apply = (manager: string, port: number) =>
      patchObject(
        engine.registry,
        engine.call(applied(port), { fieldManager: manager }),
        's',
        'main',
        'apply',
        applied(port),
      );
    await apply('one', 2);
    const { object } = await apply('two', 3);
    expect((object.spec as { ports: Draft[] }).ports.map(({ port }) => port)).toEqual([1, 2, 3]);
  });

  it('gives Services addresses of their own, which stay, and node ports to those that ask for them', async () => {
    const service = (name: string, spec: Draft = {}): Draft => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name },
      spec: { ports: [{ port: 80 }], ...spec },
    });
    const made = await Promise.all(Array.from({ length: 50 }, (_, i) => engine.create(service(`s${i}`))));
    const addresses = made.map(({ spec }) => (spec as { clusterIP: string }).clusterIP);
    expect([new Set(addresses).size, addresses.every((one) => /^10\.233\.\d+\.\d+$/.test(one))]).toEqual([50, true]);
    const replaced = await replaceObject(engine.registry, engine.call(service('s1')), 's1', 'main', service('s1'));
    expect(replaced.object.spec).toMatchObject({ clusterIP: addresses[1], clusterIPs: [addresses[1]] });
    await expect(engine.merge(service('s1'), { spec: { clusterIP: '10.233.0.7' } })).rejects.toThrow(
      'may not change once set',
    );
    await expect(engine.create(service('thief', { clusterIP: addresses[2] }))).rejects.toThrow('failed to allocate IP');
    expect((await engine.create(service('headless', { clusterIP: 'None' }))).spec).toMatchObject({
      clusterIPs: ['None'],
    });
    const { ports } = (await engine.create(service('lb', { type: 'LoadBalancer' }))).spec as { ports: Draft[] };
    expect(Number(ports[0]?.nodePort)).toBeGreaterThanOrEqual(30_000);
    await engine.remove(service('s2'));
    expect((await engine.create(service('heir', { clusterIP: addresses[2] }))).spec).toMatchObject({
      clusterIP: addresses[2],
    });
  });

  it('scales through the subresource', async () => {
    await engine.create(deployment);
    const call = engine.call(deployment);
    expect(getScale(engine.registry, call, 'web')).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=web' },
    });
    await patchScale(engine.registry, call, 'web', 'merge', { spec: { replicas: 5 } });
    const scale = getScale(engine.registry, call, 'web');
    expect(scale.spec).toEqual({ replicas: 5 });
    expect((await replaceScale(engine.registry, call, 'web', { ...scale, spec: { replicas: 1 } })).object.spec).toEqual(
      { replicas: 1 },
    );
    await expect(replaceScale(engine.registry, call, 'web', { ...scale, spec: { replicas: -1 } })).rejects.toThrow(
      'must be greater than or equal to 0',
    );
    await expect(replaceScale(engine.registry, call, 'web', { ...scale, spec: { replicas: 3 } })).rejects.toThrow(
      'the object has been modified',
    );
    expect(engine.get(deployment)?.metadata.generation).toBe(3);
  });

  it('lets a pod on a node go only when its kubelet says so', async () => {
    await runningPods('p');
    await engine.remove(pod('p'));
    expect(engine.get(pod('p'))?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
    await deleteObject(engine.registry, engine.call(pod('p')), 'p', { gracePeriodSeconds: 0 });
    expect(engine.get(pod('p'))).toBeUndefined();
  });

  it.each<[string, Draft, readonly string[]]>([
    ['one of three may go while two must stay', { minAvailable: 2 }, ['Success', 'Failure', 'Failure']],
    ['two of three when one suffices', { minAvailable: 1 }, ['Success', 'Success', 'Failure']],
    ['one at a time when one may be missing', { maxUnavailable: 1 }, ['Success', 'Failure', 'Failure']],
    [
      'two of three when a half may be missing, rounded up',
      { maxUnavailable: '50%' },
      ['Success', 'Success', 'Failure'],
    ],
  ])('keeps disruption budgets: %s', async (_, spec, answers) => {
    await runningPods('a', 'b', 'c');
    await engine.create(budget(spec));
    const found: unknown[] = [];
    for (const name of ['a', 'b', 'c']) found.push(((await evict(name)) as Draft).status);
    expect(found).toEqual(answers);
  });

  it('counts evictions that are asked for at once', async () => {
    await runningPods('a', 'b');
    await engine.create(budget({ minAvailable: 1 }));
    const answers = (await Promise.all([evict('a'), evict('b')])) as Draft[];
    expect(answers.map(({ code }) => code)).toEqual([201, 429]);
    expect(answers[1]).toMatchObject({
      reason: 'TooManyRequests',
      details: {
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 1 currently' },
        ],
      },
    });
  });

  it('has every kind of the design', () => {
    const kinds = new Set(engine.registry.kinds.all().map(({ kind }) => kind));
    const wanted = [
      'Node',
      'Pod',
      'PodDisruptionBudget',
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'Service',
      'Endpoints',
      'EndpointSlice',
      'Ingress',
      'NetworkPolicy',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'StorageClass',
      'VolumeAttachment',
      'ResourceQuota',
      'LimitRange',
      'PriorityClass',
      'RuntimeClass',
    ];
    expect(wanted.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});
