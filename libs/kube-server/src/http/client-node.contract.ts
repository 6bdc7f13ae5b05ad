import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AppsV1Api,
  AuthenticationV1Api,
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Informer,
  KubeConfig,
  KubernetesObject,
  KubernetesObjectApi,
  Log,
  makeInformer,
  type ObjectCache,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1ConfigMap,
  V1MicroTime,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { sleep, systemClock } from '@keelson/std';
import { aDefinition } from '../engine/engine.fixtures.js';
import type { Draft } from '../storage/stored.js';
import { type ServedEngine, servedEngine } from './served.fixtures.js';

/** The client that most services written for Node use, in the version the design pins (section 15), unchanged. */
let server: ServedEngine;
let config: KubeConfig;

beforeAll(async () => {
  const podLog = (): string => 'line 1\nline 2\n';
  server = await servedEngine({ profile: 'child', definitions: [aDefinition('Widget')] }, { podLog });
  config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
});

afterAll(() => server.close());

const namespace = 'default';
const group = 'test.keelson.io';
const widgets = { group, version: 'v1', namespace, plural: 'widgets' };
const core = (): CoreV1Api => config.makeApiClient(CoreV1Api);
const configMap = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({ metadata: { name }, data });

async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(systemClock, 25);
  }
  throw new Error(`never happened: ${what}`);
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'succeeded',
    (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : error),
  );
}

describe('typed calls', () => {
  it('ask for the version', async () => {
    expect((await config.makeApiClient(VersionApi).getCode()).gitVersion).toMatch(/^v1\.\d+\.\d+\+embedded$/);
  });

  it('create, read, list, replace and delete', async () => {
    await core().createNamespacedConfigMap({ namespace, body: configMap('typed', { a: '1' }) });
    const read = await core().readNamespacedConfigMap({ namespace, name: 'typed' });
    const replaced = await core().replaceNamespacedConfigMap({
      namespace,
      name: 'typed',
      body: Object.assign(read, { data: { a: '2' } }),
    });
    const list = await core().listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=typed' });
    const gone = await core().deleteNamespacedConfigMap({ namespace, name: 'typed' });
    expect({
      created: read.metadata?.creationTimestamp instanceof Date,
      data: replaced.data,
      items: list.items.map(({ data }) => data),
      gone: gone.status,
    }).toEqual({ created: true, data: { a: '2' }, items: [{ a: '2' }], gone: 'Success' });
  });

  it('get the code of a refusal', async () => {
    await core().createNamespacedConfigMap({ namespace, body: configMap('twice') });
    const read = await core().readNamespacedConfigMap({ namespace, name: 'twice' });
    await core().replaceNamespacedConfigMap({
      namespace,
      name: 'twice',
      body: Object.assign(read, { data: { a: '1' } }),
    });
    expect({
      missing: await codeOf(core().readNamespacedConfigMap({ namespace, name: 'none' })),
      taken: await codeOf(core().createNamespacedConfigMap({ namespace, body: configMap('twice') })),
      stale: await codeOf(
        core().replaceNamespacedConfigMap({ namespace, name: 'twice', body: Object.assign(read, { data: {} }) }),
      ),
      invalid: await codeOf(core().createNamespacedConfigMap({ namespace, body: configMap('Not A Name') })),
    }).toEqual({ missing: 404, taken: 409, stale: 409, invalid: 422 });
  });

  it('page through a list', async () => {
    const labelSelector = 'paged=yes';
    for (const name of ['p1', 'p2', 'p3'])
      await core().createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { paged: 'yes' } } } });
    const first = await core().listNamespacedConfigMap({ namespace, labelSelector, limit: 2 });
    const rest = await core().listNamespacedConfigMap({
      namespace,
      labelSelector,
      limit: 2,
      _continue: first.metadata?._continue ?? '',
    });
    expect([first, rest].map(({ items }) => items.map(({ metadata }) => metadata?.name))).toEqual([
      ['p1', 'p2'],
      ['p3'],
    ]);
  });

  it('delete a collection', async () => {
    await core().createNamespacedConfigMap({ namespace, body: { metadata: { name: 'c1', labels: { group: 'c' } } } });
    await core().deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'group=c' });
    expect((await core().listNamespacedConfigMap({ namespace, labelSelector: 'group=c' })).items).toEqual([]);
  });

  it('write nothing in a dry run', async () => {
    await core().createNamespacedConfigMap({ namespace, body: configMap('dry'), dryRun: 'All' });
    expect(await codeOf(core().readNamespacedConfigMap({ namespace, name: 'dry' }))).toBe(404);
  });

  it('keep the microseconds of a lease', async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const renewTime = new V1MicroTime(1_760_000_000_123);
    const body = { metadata: { name: 'l' }, spec: { holderIdentity: 'me', renewTime } };
    const lease = await leases.createNamespacedLease({ namespace, body });
    expect(String(lease.spec?.renewTime)).toBe('2025-10-09T08:53:20.123000Z');
  });

  it('hold roles and ask about rights', async () => {
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'] }];
    const roles = config.makeApiClient(RbacAuthorizationV1Api);
    await roles.createNamespacedRole({ namespace, body: { metadata: { name: 'reader' }, rules } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const subjects = [{ kind: 'User', name: 'ann' }];
    await roles.createNamespacedRoleBinding({ namespace, body: { metadata: { name: 'ann' }, roleRef, subjects } });
    const reviews = config.makeApiClient(AuthorizationV1Api);
    const ask = async (verb: string): Promise<boolean | undefined> => {
      const spec = { user: 'ann', resourceAttributes: { namespace, verb, resource: 'configmaps' } };
      return (await reviews.createSubjectAccessReview({ body: { spec } })).status?.allowed;
    };
    expect([await ask('get'), await ask('delete')]).toEqual([true, false]);
  });

  it('scale a workload', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { selector: { matchLabels: labels }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec } });
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
    const body = Object.assign(scale, { spec: { replicas: 3 } });
    await apps.replaceNamespacedDeploymentScale({ namespace, name: 'web', body });
    expect((await apps.readNamespacedDeployment({ namespace, name: 'web' })).spec?.replicas).toBe(3);
  });
});

describe('tokens', () => {
  it('are issued for a service account, and are it', async () => {
    await core().createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'robot' } } });
    const spec = { audiences: [], expirationSeconds: 600 };
    const { status } = await core().createNamespacedServiceAccountToken({ namespace, name: 'robot', body: { spec } });
    const robot = new KubeConfig();
    const { server: address, caData = '' } = config.getCurrentCluster() ?? { server: '' };
    robot.loadFromClusterAndUser(
      { name: 'c', server: address, caData, skipTLSVerify: false },
      { name: 'u', token: status?.token ?? '' },
    );
    const self = await robot.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    expect(self.status?.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:robot',
      groups: expect.arrayContaining(['system:serviceaccounts:default', 'system:authenticated']),
    });
    expect(await codeOf(robot.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace }))).toBe(403);
    robot.loadFromClusterAndUser(
      { name: 'c', server: address, caData, skipTLSVerify: false },
      { name: 'u', token: 'a.b.c' },
    );
    expect(await codeOf(robot.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace }))).toBe(401);
  });
});

describe('patches', () => {
  const patch = (strategy: PatchStrategy, body: object, more: object = {}): Promise<V1ConfigMap> =>
    core().patchNamespacedConfigMap(
      { namespace, name: 'patched', body, ...more },
      setHeaderOptions('Content-Type', strategy),
    );

  it('of all four types change an object', async () => {
    await core().createNamespacedConfigMap({ namespace, body: configMap('patched', { a: '1', b: '1' }) });
    await patch(PatchStrategy.JsonPatch, [{ op: 'replace', path: '/data/a', value: '2' }]);
    await patch(PatchStrategy.MergePatch, { data: { b: null } });
    await patch(PatchStrategy.StrategicMergePatch, { data: { c: '3' } });
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { d: '4' } };
    const made = await patch(PatchStrategy.ServerSideApply, applied, { fieldManager: 'me' });
    expect({ data: made.data, managers: made.metadata?.managedFields?.map(({ operation }) => operation) }).toEqual({
      data: { a: '2', c: '3', d: '4' },
      managers: expect.arrayContaining(['Apply', 'Update']),
    });
  });

  it('that apply what another manager owns conflict, unless forced', async () => {
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { d: '5' } };
    expect(await codeOf(patch(PatchStrategy.ServerSideApply, applied, { fieldManager: 'you' }))).toBe(409);
    const forced = await patch(PatchStrategy.ServerSideApply, applied, { fieldManager: 'you', force: true });
    expect(forced.data?.d).toBe('5');
  });
});

describe('custom objects', () => {
  const api = (): CustomObjectsApi => config.makeApiClient(CustomObjectsApi);

  it('are created with their defaults, changed through their status, listed and deleted', async () => {
    const body = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec: {} };
    const made = (await api().createNamespacedCustomObject({ ...widgets, body })) as Draft;
    const status = [{ op: 'add', path: '/status', value: { ok: true } }];
    const changed = (await api().patchNamespacedCustomObjectStatus({ ...widgets, name: 'w', body: status })) as Draft;
    const list = (await api().listNamespacedCustomObject(widgets)) as { items: Draft[] };
    await api().deleteNamespacedCustomObject({ ...widgets, name: 'w' });
    expect({ spec: made.spec, status: changed.status, count: list.items.length }).toEqual({
      spec: { size: 1 },
      status: { ok: true },
      count: 1,
    });
    expect(await codeOf(api().getNamespacedCustomObject({ ...widgets, name: 'w' }))).toBe(404);
  });

  it('are refused when they do not fit their schema', async () => {
    const body = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'bad' }, spec: { size: 'big' } };
    expect(await codeOf(api().createNamespacedCustomObject({ ...widgets, body }))).toBe(422);
  });

  it('are found through discovery by the generic client', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const object = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'found', namespace } };
    await objects.create(object);
    const read = await objects.read(object);
    await objects.delete(object);
    expect(read.metadata?.name).toBe('found');
  });
});

describe('a watch', () => {
  it('tells what happens, in order, with bookmarks where asked', async () => {
    const seen: string[] = [];
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const query = { labelSelector: 'watched=yes', allowWatchBookmarks: true };
    const controller = await new Watch(config).watch(
      path,
      query,
      (type: string, object: V1ConfigMap) => void seen.push(`${type} ${object.data?.n ?? ''}`),
      () => undefined,
    );
    const body = { metadata: { name: 'w', labels: { watched: 'yes' } }, data: { n: '1' } };
    await core().createNamespacedConfigMap({ namespace, body });
    await core().replaceNamespacedConfigMap({ namespace, name: 'w', body: { ...body, data: { n: '2' } } });
    await core().deleteNamespacedConfigMap({ namespace, name: 'w' });
    await eventually('the deletion', () => (seen.length >= 3 ? true : undefined));
    controller.abort();
    expect(seen.filter((line) => !line.startsWith('BOOKMARK'))).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 2']);
  });

  it('ends by itself when its time is over', async () => {
    const ended = new Promise<unknown>((resolve) => {
      void new Watch(config).watch('/api/v1/namespaces', { timeoutSeconds: 1 }, () => undefined, resolve);
    });
    expect(await ended).toBeNull();
  });

  it('from what is no version is refused', async () => {
    const query = { resourceVersion: 'yesterday' };
    const error = await new Promise<unknown>((resolve) => {
      void new Watch(config).watch('/api/v1/namespaces', query, () => undefined, resolve);
    });
    expect(error).toMatchObject({ statusCode: 500 });
  });
});

describe('an informer', () => {
  type Maps = Informer<V1ConfigMap> & ObjectCache<V1ConfigMap>;
  function informer(label: string): { maps: Maps; seen: string[] } {
    const seen: string[] = [];
    const labelSelector = `informed=${label}`;
    const list = () => core().listNamespacedConfigMap({ namespace, labelSelector });
    const maps = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, labelSelector);
    for (const verb of ['add', 'update', 'delete'] as const)
      maps.on(verb, (object) => void seen.push(`${verb} ${object.metadata?.name ?? ''}`));
    return { maps, seen };
  }
  const informed = (name: string, label: string): KubernetesObject => ({
    metadata: { name, labels: { informed: label } },
  });

  it('has what is there and hears what comes', async () => {
    const { maps, seen } = informer('a');
    maps.on('error', () => undefined);
    await core().createNamespacedConfigMap({ namespace, body: informed('i1', 'a') });
    await maps.start();
    await core().createNamespacedConfigMap({ namespace, body: informed('i2', 'a') });
    await eventually('the second', () => maps.get('i2', namespace));
    await core().deleteNamespacedConfigMap({ namespace, name: 'i1' });
    await eventually('the deletion', () => (seen.includes('delete i1') ? true : undefined));
    await maps.stop();
    expect(seen).toEqual(['add i1', 'add i2', 'delete i1']);
  });

  it('goes on when the server was started again', async () => {
    const { maps, seen } = informer('b');
    let isStopped = false;
    // As its documentation advises: this client gives up at the first error that is no 410.
    maps.on('error', () => {
      void sleep(systemClock, 50).then(() => (isStopped ? undefined : maps.start()));
    });
    await core().createNamespacedConfigMap({ namespace, body: informed('r1', 'b') });
    await maps.start();
    await eventually('the first', () => maps.get('r1', namespace));
    await server.restart();
    await eventually('an answer', () =>
      core()
        .createNamespacedConfigMap({ namespace, body: informed('r2', 'b') })
        .catch(() => undefined),
    );
    await eventually('the second', () => maps.get('r2', namespace));
    isStopped = true;
    await maps.stop();
    expect(seen.filter((line) => line === 'add r2')).toEqual(['add r2']);
  });
});

describe('the log of a pod', () => {
  it('is streamed', async () => {
    const body = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await core().createNamespacedPod({ namespace, body });
    const stream = new PassThrough();
    const read = textOf(stream);
    await new Log(config).log(namespace, 'p', 'c', stream);
    expect(await read).toBe('line 1\nline 2\n');
    expect(await core().readNamespacedPodLog({ namespace, name: 'p' })).toBe('line 1\nline 2\n');
  });
});
