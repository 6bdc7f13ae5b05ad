import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterRoleBindingKind,
  ClusterRoleKind,
  type ConfigMap,
  ConfigMapKind,
  type Kind,
  type KubeObject,
  NamespaceKind,
  type Pod,
  PodKind,
  ServiceAccountKind,
} from '@keelson/api';
import { type Failure, isFailure } from '@keelson/std';
import { memoryLog } from '@keelson/kube-server';
import { kubeInProcess, kubeOverTls, type KubeWorld } from '@keelson/testing';
import type { KubeApi, WatchEvent, WatchOptions } from './index.js';
import { type Widget, widgetDefinition, WidgetKind } from './widget.fixtures.js';

/**
 * What every implementation of the port does alike. It runs over the embedded engine in process and over TLS against the
 * same engine behind its HTTP server.
 */
describe.each([
  ['in process', kubeInProcess],
  ['over TLS', kubeOverTls],
])('the Kubernetes API %s', (_name, open) => {
  let world: KubeWorld;
  let api: KubeApi;
  let namespace: string;
  let count = 0;

  beforeAll(async () => {
    world = await open({ definitions: [widgetDefinition], profile: 'child' });
    api = world.api;
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    namespace = `space-${(count += 1)}`;
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  const widget = (
    name: string,
    spec: Widget['spec'] = { size: 1 },
    metadata: Partial<Widget['metadata']> = {},
  ): Widget => ({
    apiVersion: 'test.keelson.io/v1',
    kind: 'Widget',
    metadata: { name, namespace, ...metadata },
    spec,
  });
  const configMap = (name: string, data: Record<string, string>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });
  const at = (name: string): { namespace: string; name: string } => ({ namespace, name });

  describe('reads', () => {
    it('gives an object as the server has it', async () => {
      const created = await api.create(widget('one'));
      expect(created).toMatchObject({
        ...widget('one', { size: 1, colour: 'red' }),
        metadata: { generation: 1, uid: expect.any(String), resourceVersion: expect.any(String) },
      });
      expect(await api.get(WidgetKind, at('one'))).toEqual(created);
    });

    it('gives undefined for a name that does not exist', async () => {
      expect(await api.get(WidgetKind, at('none'))).toBeUndefined();
      expect(await api.get(NamespaceKind, { name: 'none' })).toBeUndefined();
    });

    it('tells an unknown resource type from an unknown object', async () => {
      const unknownKind: Kind = { ...WidgetKind, kind: 'Gadget', plural: 'gadgets' };
      const unknownGroup: Kind = { ...WidgetKind, group: 'none.keelson.io' };
      for (const kind of [unknownKind, unknownGroup]) {
        const expected = { sort: 'terminal', reason: 'UnknownKind' };
        expect(await failureOf(api.get(kind, at('x')))).toMatchObject(expected);
        expect(await failureOf(api.list(kind))).toMatchObject(expected);
        expect(await failureOf(api.delete(kind, at('x')))).toMatchObject(expected);
        expect(
          await failureOf(firstOf(api.watch(kind, { resourceVersion: '1', signal: new AbortController().signal }))),
        ).toMatchObject(expected);
      }
      expect(
        await failureOf(
          api.create({ apiVersion: 'test.keelson.io/v1', kind: 'Gadget', metadata: { name: 'x', namespace } }),
        ),
      ).toMatchObject({ sort: 'terminal', reason: 'UnknownKind' });
    });

    it('wants the namespace of a namespaced object', async () => {
      expect(await failureOf(api.get(WidgetKind, { name: 'x' }))).toMatchObject({
        sort: 'terminal',
        message: 'Widget x needs a namespace',
      });
      expect(
        await failureOf(api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })),
      ).toMatchObject({ sort: 'terminal' });
    });

    it('lists one namespace or all, by name, with apiVersion and kind on every item', async () => {
      for (const name of ['b', 'a', 'c']) await api.create(configMap(name, {}));
      const { items, resourceVersion } = await api.list(ConfigMapKind, { namespace });
      expect(items.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name])).toEqual(
        ['a', 'b', 'c'].map((name) => ['v1', 'ConfigMap', name]),
      );
      expect(Number(resourceVersion)).toBeGreaterThan(0);
      expect(
        (await api.list(ConfigMapKind)).items.filter((item) => item.metadata.namespace === namespace),
      ).toHaveLength(3);
      expect((await api.list(ConfigMapKind, { namespace: 'elsewhere' })).items).toEqual([]);
    });

    it('reads long lists whole', async () => {
      const names = Array.from({ length: 1203 }, (_, i) => `n${String(i).padStart(4, '0')}`);
      await Promise.all(names.map((name) => api.create(configMap(name, { name }))));
      expect((await api.list(ConfigMapKind, { namespace })).items.map((item) => item.metadata.name)).toEqual(names);
    });

    it('selects by labels and fields', async () => {
      await api.create(widget('a', { size: 1 }, { labels: { tier: 'front', 'x.io/zone': 'z1' } }));
      await api.create(widget('b', { size: 2 }, { labels: { tier: 'back' } }));
      const names = async (options: { labelSelector?: string; fieldSelector?: string }): Promise<string[]> =>
        (await api.list(WidgetKind, { namespace, ...options })).items.map((item) => item.metadata.name);
      expect(await names({ labelSelector: 'tier=front,x.io/zone in (z1, z2)' })).toEqual(['a']);
      expect(await names({ labelSelector: '!x.io/zone' })).toEqual(['b']);
      expect(await names({ fieldSelector: 'metadata.name!=a' })).toEqual(['b']);
      expect(await failureOf(names({ fieldSelector: 'spec.size=1' }))).toMatchObject({
        sort: 'terminal',
        reason: 'BadRequest',
      });
    });

    it('lists nothing more once called off', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      expect(await failureOf(api.list(WidgetKind, { signal }))).toMatchObject({
        sort: 'transient',
        reason: 'CalledOff',
      });
    });
  });

  describe('writes', () => {
    it('creates each name once', async () => {
      await api.create(widget('one'));
      expect(await failureOf(api.create(widget('one')))).toMatchObject({
        sort: 'conflict',
        reason: 'AlreadyExists',
        message: 'widgets.test.keelson.io "one" already exists',
      });
    });

    it('makes a name where only its beginning is given', async () => {
      const { name: _name, ...metadata } = widget('').metadata;
      const created = await api.create({
        ...widget(''),
        metadata: { ...metadata, generateName: 'w-' } as Widget['metadata'],
      });
      expect(created.metadata.name).toMatch(/^w-[a-z0-9]{5}$/);
    });

    it('refuses a namespace that does not exist', async () => {
      const failure = await failureOf(api.create({ ...widget('x'), metadata: { name: 'x', namespace: 'nowhere' } }));
      expect(failure).toMatchObject({ sort: 'notFound', message: 'namespaces "nowhere" not found' });
    });

    it('says which field is wrong', async () => {
      const failure = await failureOf(api.create(widget('bad', { size: -1 })));
      expect(failure).toMatchObject({ sort: 'terminal', reason: 'Invalid' });
      expect(failure.message).toContain('Widget.test.keelson.io "bad" is invalid: spec.size: Invalid value: -1');
    });

    it('replaces what has not changed since', async () => {
      const first = await api.create(widget('one'));
      const second = await api.replace({ ...first, spec: { size: 2 } });
      expect(second).toMatchObject({ spec: { size: 2, colour: 'red' }, metadata: { generation: 2 } });
      expect(await failureOf(api.replace({ ...first, spec: { size: 3 } }))).toMatchObject({
        sort: 'conflict',
        reason: 'Conflict',
      });
      expect(await failureOf(api.replace({ ...first, metadata: { ...first.metadata, name: 'none' } }))).toMatchObject({
        sort: 'notFound',
      });
    });

    it('merges patches; null removes', async () => {
      await api.create(configMap('one', { a: '1', b: '2' }));
      const patched = await api.patch(ConfigMapKind, at('one'), { data: { b: null, c: '3' } });
      expect(patched.data).toEqual({ a: '1', c: '3' });
      expect(await failureOf(api.patch(ConfigMapKind, at('none'), {}))).toMatchObject({ sort: 'notFound' });
      expect(
        await failureOf(api.patch(ConfigMapKind, at('one'), { metadata: { resourceVersion: '1' } })),
      ).toMatchObject({ sort: 'conflict' });
    });

    it('keeps spec and status apart', async () => {
      await api.create(widget('one'));
      await api.patch(
        WidgetKind,
        at('one'),
        { spec: { size: 9 }, status: { phase: 'Ready' } },
        { subresource: 'status' },
      );
      expect(await api.get(WidgetKind, at('one'))).toMatchObject({
        spec: { size: 1 },
        status: { phase: 'Ready' },
        metadata: { generation: 1 },
      });
      await api.patch(WidgetKind, at('one'), { spec: { size: 2 }, status: { phase: 'Lost' } });
      const after = await api.get(WidgetKind, at('one'));
      expect(after).toMatchObject({ spec: { size: 2 }, status: { phase: 'Ready' }, metadata: { generation: 2 } });
      const replaced = await api.replace(
        { ...(after as Widget), status: { phase: 'Gone' } },
        { subresource: 'status' },
      );
      expect(replaced).toMatchObject({ spec: { size: 2 }, status: { phase: 'Gone' } });
    });

    it('tries without doing', async () => {
      expect(await api.create(widget('dry'), { dryRun: true })).toMatchObject({ spec: { size: 1, colour: 'red' } });
      expect(await api.get(WidgetKind, at('dry'))).toBeUndefined();
      const real = await api.create(widget('wet'));
      await api.patch(WidgetKind, at('wet'), { spec: { size: 5 } }, { dryRun: true });
      expect(await api.get(WidgetKind, at('wet'))).toEqual(real);
    });

    it('names the field manager', async () => {
      const created = await api.create(widget('one'), { fieldManager: 'tester' });
      expect(created.metadata.managedFields).toMatchObject([{ manager: 'tester', operation: 'Update' }]);
    });
  });

  describe('server-side apply', () => {
    const claim = (name: string, spec: Partial<Widget['spec']>, metadata: Partial<Widget['metadata']> = {}): Widget =>
      widget(name, spec as Widget['spec'], metadata);

    it('creates, changes only what is claimed, and lets go of what is no longer', async () => {
      await api.apply(claim('one', { size: 1, note: 'mine' }), { fieldManager: 'a' });
      await api.apply(claim('one', { tags: { t: 'x' } }), { fieldManager: 'b' });
      const both = await api.apply(claim('one', { size: 2 }), { fieldManager: 'a' });
      expect(both.spec).toEqual({ size: 2, colour: 'red', tags: { t: 'x' } });
    });

    it('tells conflicts with other managers and takes their fields only by force', async () => {
      await api.apply(claim('one', { size: 1 }), { fieldManager: 'a' });
      const failure = await failureOf(api.apply(claim('one', { size: 2 }), { fieldManager: 'b' }));
      expect(failure).toMatchObject({
        sort: 'conflict',
        reason: 'FieldManagerConflict',
        message: 'Apply failed with 1 conflict: conflict with "a": .spec.size',
      });
      expect(await api.apply(claim('one', { size: 2 }), { fieldManager: 'b', force: true })).toMatchObject({
        spec: { size: 2 },
      });
    });

    it('compares and swaps by resourceVersion', async () => {
      const { resourceVersion } = (await api.apply(claim('one', { size: 1 }), { fieldManager: 'a' })).metadata;
      const next = await api.apply(claim('one', { size: 2 }, { resourceVersion: resourceVersion as string }), {
        fieldManager: 'a',
      });
      expect(next.spec.size).toBe(2);
      expect(
        await failureOf(
          api.apply(claim('one', { size: 3 }, { resourceVersion: resourceVersion as string }), { fieldManager: 'a' }),
        ),
      ).toMatchObject({ sort: 'conflict' });
      expect(
        await failureOf(api.apply(claim('new', { size: 3 }, { resourceVersion: '7' }), { fieldManager: 'a' })),
      ).toMatchObject({ sort: 'conflict' });
    });

    it('does not move an object that it does not change', async () => {
      const first = await api.apply(claim('one', { size: 1 }), { fieldManager: 'a' });
      expect(await api.apply(claim('one', { size: 1 }), { fieldManager: 'a' })).toEqual(first);
    });

    it('applies status alone', async () => {
      await api.create(widget('one'));
      const applied = await api.apply(
        { ...widget('one', { size: 9 }), status: { phase: 'Ready' } },
        { fieldManager: 'a', subresource: 'status' },
      );
      expect(applied).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
      expect(
        await failureOf(
          api.apply({ ...widget('none'), status: { phase: 'Ready' } }, { fieldManager: 'a', subresource: 'status' }),
        ),
      ).toMatchObject({ sort: 'notFound' });
    });

    it('refuses for good a field that the schema does not know', async () => {
      const applied = api.apply({ ...widget('one'), spec: { size: 1, unheardOf: true } } as Widget, {
        fieldManager: 'a',
      });
      expect(await failureOf(applied)).toMatchObject({ sort: 'terminal' });
    });
  });

  describe('deletion', () => {
    it('is done when the object is gone, however often', async () => {
      await api.create(widget('one'));
      await api.delete(WidgetKind, at('one'));
      await api.delete(WidgetKind, at('one'));
      expect(await api.get(WidgetKind, at('one'))).toBeUndefined();
    });

    it('waits for finalizers', async () => {
      await api.create(widget('one', { size: 1 }, { finalizers: ['test.keelson.io/wait'] }));
      await api.delete(WidgetKind, at('one'));
      const marked = await api.get(WidgetKind, at('one'));
      expect(marked?.metadata.deletionTimestamp).toEqual(expect.any(String));
      await api.patch(WidgetKind, at('one'), {
        metadata: { finalizers: null, resourceVersion: marked?.metadata.resourceVersion },
      });
      expect(await api.get(WidgetKind, at('one'))).toBeUndefined();
    });

    it('keeps what is not the object that was meant', async () => {
      const { metadata } = await api.create(widget('one'));
      expect(await failureOf(api.delete(WidgetKind, at('one'), { uid: 'another' }))).toMatchObject({
        sort: 'conflict',
      });
      expect(await failureOf(api.delete(WidgetKind, at('one'), { resourceVersion: '1' }))).toMatchObject({
        sort: 'conflict',
      });
      await api.delete(WidgetKind, at('one'), {
        uid: metadata.uid as string,
        resourceVersion: metadata.resourceVersion as string,
      });
      expect(await api.get(WidgetKind, at('one'))).toBeUndefined();
    });

    it('takes dependents along, or leaves them to themselves', async () => {
      const owned = async (owner: Widget, name: string): Promise<void> => {
        const { name: ownerName, uid } = owner.metadata;
        await api.create({
          ...configMap(name, {}),
          metadata: {
            name,
            namespace,
            ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name: ownerName, uid: uid as string }],
          },
        });
      };
      await owned(await api.create(widget('one')), 'of-one');
      await owned(await api.create(widget('two')), 'of-two');
      await api.delete(WidgetKind, at('one'), { propagation: 'Background' });
      await api.delete(WidgetKind, at('two'), { propagation: 'Orphan' });
      await eventually(async () => {
        expect(await api.get(ConfigMapKind, at('of-one'))).toBeUndefined();
        expect(await api.get(WidgetKind, at('two'))).toBeUndefined();
      });
      expect((await api.get(ConfigMapKind, at('of-two')))?.metadata.ownerReferences).toBeUndefined();
    });
  });

  describe('watches', () => {
    it('tell every change after the version they begin at, in order', async () => {
      await api.create(widget('before'));
      const { resourceVersion } = await api.list(WidgetKind, { namespace });
      const watch = follow(api, WidgetKind, { namespace, resourceVersion });
      await api.create(widget('one'));
      await api.patch(WidgetKind, at('one'), { spec: { size: 2 } });
      await api.delete(WidgetKind, at('one'));
      await eventually(() => expect(watch.seen).toEqual(['ADDED one 1', 'MODIFIED one 2', 'DELETED one 2']));
      await watch.stop();
    });

    it('resume where another one stood', async () => {
      const { metadata } = await api.create(widget('one'));
      await api.patch(WidgetKind, at('one'), { spec: { size: 2 } });
      await api.patch(WidgetKind, at('one'), { spec: { size: 3 } });
      const watch = follow(api, WidgetKind, { namespace, resourceVersion: metadata.resourceVersion as string });
      await eventually(() => expect(watch.seen).toEqual(['MODIFIED one 2', 'MODIFIED one 3']));
      await watch.stop();
    });

    it('tell of selected objects only, and of those that cease to be', async () => {
      const { resourceVersion } = await api.list(WidgetKind, { namespace });
      const watch = follow(api, WidgetKind, { namespace, resourceVersion, labelSelector: 'on=yes' });
      await api.create(widget('one'));
      await api.patch(WidgetKind, at('one'), { metadata: { labels: { on: 'yes' } } });
      await api.patch(WidgetKind, at('one'), { metadata: { labels: { on: 'no' } } });
      await eventually(() => expect(watch.seen).toEqual(['ADDED one 1', 'DELETED one 1']));
      await watch.stop();
    });

    it('say when they stand', async () => {
      const { resourceVersion } = await api.list(WidgetKind, { namespace });
      expect(
        await firstOf(api.watch(WidgetKind, { namespace, resourceVersion, signal: new AbortController().signal })),
      ).toEqual({ type: 'BOOKMARK', resourceVersion });
    });

    it('end quietly when called off', async () => {
      const { resourceVersion } = await api.list(WidgetKind, { namespace });
      const watch = follow(api, WidgetKind, { resourceVersion });
      expect(await watch.stop()).toBeUndefined();
      const done = await firstOf(api.watch(WidgetKind, { resourceVersion, signal: AbortSignal.abort() }));
      expect(done).toBeUndefined();
    });

    it('say when the version to begin at is forgotten', async () => {
      const log = memoryLog();
      const first = await open({ log });
      const created = await first.api.create<KubeObject>({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'old' },
      });
      await first.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } });
      await first.close();
      // A log that keeps no tail: nothing before the second opening can be told again.
      const second = await open({ log });
      const watch = second.api.watch(NamespaceKind, {
        resourceVersion: created.metadata.resourceVersion as string,
        signal: new AbortController().signal,
      });
      expect(await failureOf(endOf(watch))).toMatchObject({ sort: 'transient', reason: 'Expired' });
      await second.close();
    });

    it('carry objects of any size', async () => {
      const { resourceVersion } = await api.list(ConfigMapKind, { namespace });
      const watch = follow(api, ConfigMapKind, { namespace, resourceVersion });
      await api.create(configMap('large', { text: 'ü'.repeat(400_000) }));
      await eventually(() => expect(watch.seen).toHaveLength(1));
      await watch.stop();
    });
  });

  describe('who asks', () => {
    it('may do what is granted and no more', async () => {
      const user = `user-${namespace}`;
      const narrow = world.as(user);
      expect(await failureOf(narrow.list(WidgetKind, { namespace }))).toMatchObject({
        sort: 'terminal',
        reason: 'Forbidden',
      });
      const role: KubeObject & { rules: unknown } = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: user },
        rules: [{ apiGroups: ['test.keelson.io'], resources: ['widgets'], verbs: ['get', 'list'] }],
      };
      await api.create(role);
      await api.create({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      } as KubeObject);
      expect((await narrow.list(WidgetKind, { namespace })).items).toEqual([]);
      const failure = await failureOf(narrow.create(widget('one')));
      expect(failure).toMatchObject({ sort: 'terminal', reason: 'Forbidden' });
      expect(failure.message).toContain(
        `User "${user}" cannot create resource "widgets" in API group "test.keelson.io" in the namespace "${namespace}"`,
      );
      await api.delete(ClusterRoleBindingKind, { name: user });
      await api.delete(ClusterRoleKind, { name: user });
    });

    it('gets tokens of service accounts', async () => {
      await api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace } });
      expect(await api.get(ServiceAccountKind, at('robot'))).toBeDefined();
      const { token, expirationTimestamp } = await api.createToken(at('robot'), { expirationSeconds: 3600 });
      expect(token.split('.')).toHaveLength(3);
      expect(Date.parse(expirationTimestamp)).toBeGreaterThan(Date.now());
      expect(await failureOf(api.createToken(at('nobody'), { expirationSeconds: 3600 }))).toMatchObject({
        sort: 'notFound',
      });
    });
  });

  describe('evictions', () => {
    const pod = (name: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });

    it('remove a pod, unless a disruption budget forbids it now', async () => {
      await api.create(pod('free'));
      await api.evict(at('free'));
      await eventually(async () => expect(await api.get(PodKind, at('free'))).toBeUndefined());
      await api.create({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'b', namespace },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
      } as KubeObject);
      await api.create(pod('held'));
      await api.patch(
        PodKind,
        at('held'),
        { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
        { subresource: 'status' },
      );
      expect(await failureOf(api.evict(at('held')))).toMatchObject({ sort: 'transient', reason: 'DisruptionBudget' });
      expect(await failureOf(api.evict(at('none')))).toMatchObject({ sort: 'notFound' });
    });
  });
});

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

async function endOf(watch: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of watch);
}

async function firstOf<T extends KubeObject>(watch: AsyncIterable<WatchEvent<T>>): Promise<WatchEvent<T> | undefined> {
  for await (const event of watch) return event;
  return undefined;
}

/** Writes down what a watch tells. */
function follow<T extends KubeObject & { spec?: { size?: number } }>(
  api: KubeApi,
  kind: Kind<T>,
  options: Omit<WatchOptions, 'signal'>,
): { seen: string[]; stop(): Promise<Failure | undefined> } {
  const ending = new AbortController();
  const seen: string[] = [];
  const run = async (): Promise<Failure | undefined> => {
    try {
      for await (const event of api.watch(kind, { ...options, signal: ending.signal })) {
        if (event.type !== 'BOOKMARK')
          seen.push([event.type, event.object.metadata.name, event.object.spec?.size].join(' ').trim());
      }
    } catch (error) {
      if (isFailure(error)) return error;
      throw error;
    }
    return undefined;
  };
  const running = run();
  return {
    seen,
    stop() {
      ending.abort(new Error('enough'));
      return running;
    },
  };
}

async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
