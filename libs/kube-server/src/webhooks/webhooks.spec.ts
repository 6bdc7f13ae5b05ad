import { describe, expect, it } from '@jest/globals';
import { aConfigMap, aDefinition, testEngine } from '../engine/engine.fixtures.js';
import { metaOf } from '../registry/metadata.js';
import { replaceScale } from '../registry/scale.js';
import { createObject, patchObject, replaceObject } from '../registry/write.js';
import type { Draft } from '../storage/stored.js';
import { allows, aWebhook, patched, refusal, webhookWorld } from './webhooks.fixtures.js';

const labelled = (key: string, value = 'x'): Draft =>
  patched({ op: 'add', path: '/metadata/labels', value: { [key]: value } });
const widget = { apiVersion: 'test.keelson.io/v1', kind: 'Widget', metadata: { namespace: 'default', name: 'w' } };
const widgetRules = (versions: readonly string[], more: Draft = {}): Draft => ({
  rules: [
    { operations: ['*'], apiGroups: ['test.keelson.io'], apiVersions: versions, resources: ['widgets'], ...more },
  ],
});

describe('mutating webhooks', () => {
  it('run by the names of their configurations, each seeing what the one before made', async () => {
    const { engine, asked, answers } = await webhookWorld();
    await engine.create(aWebhook('Mutating', 'b'));
    await engine.create(aWebhook('Mutating', 'a'));
    answers('a', () => labelled('first'));
    answers('b', () => patched({ op: 'add', path: '/metadata/labels/second', value: 'x' }));
    const made = await engine.create(aConfigMap('m'));
    expect({ labels: made.metadata.labels, order: asked.map(({ path }) => path) }).toEqual({
      labels: { first: 'x', second: 'x' },
      order: ['a', 'b'],
    });
  });

  it('are asked again when another changed the object after them and they want it', async () => {
    const { engine, asked, answers } = await webhookWorld();
    await engine.create(aWebhook('Mutating', 'a', { reinvocationPolicy: 'IfNeeded' }));
    await engine.create(aWebhook('Mutating', 'b'));
    await engine.create(aWebhook('Mutating', 'c', { reinvocationPolicy: 'IfNeeded' }));
    answers('b', () => labelled('late'));
    await engine.create(aConfigMap('m'));
    expect(asked.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'a']);
  });

  it('give objects that are pruned, filled and checked as all others are, and fields that nobody owns', async () => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aDefinition('Widget'));
    await engine.create(aWebhook('Mutating', 'a', widgetRules(['v1'])));
    answers('a', () => patched({ op: 'add', path: '/spec', value: { unknown: 1 } }));
    const made = await engine.create(widget);
    expect({ spec: made.spec, owned: JSON.stringify(made.metadata.managedFields ?? []) }).toEqual({
      spec: { size: 1 },
      owned: expect.not.stringContaining('f:spec'),
    });
    answers('a', () => patched({ op: 'add', path: '/spec', value: { size: 'big' } }));
    await expect(engine.create({ ...widget, metadata: { ...widget.metadata, name: 'v' } })).rejects.toThrow(
      'Widget.test.keelson.io "v" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    );
  });

  it('see a new object before the server names and dates it', async () => {
    const { engine, asked } = await webhookWorld();
    await engine.create(aWebhook('Mutating', 'a'));
    const { name: _name, ...metadata } = metaOf(aConfigMap('m'));
    await engine.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, generateName: 'g-' } });
    const { request } = asked[0] ?? {};
    const { managedFields: _fields, ...seen } = metaOf((request?.object ?? {}) as Draft);
    expect({ name: request?.name, metadata: seen }).toEqual({
      name: undefined,
      metadata: { namespace: 'default', generateName: 'g-' },
    });
  });

  it('may not change the status through the main resource, nor anything else through the status', async () => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aDefinition('Widget'));
    await engine.create({ ...widget, spec: { size: 1 } });
    await engine.create(aWebhook('Mutating', 'a', widgetRules(['v1'], { resources: ['widgets/*'] })));
    answers('a', () => patched({ op: 'add', path: '/spec/size', value: 9 }));
    const made = await engine.merge(widget, { status: { ok: true } }, 'status');
    expect({ spec: made.spec, status: made.status }).toEqual({ spec: { size: 1 }, status: { ok: true } });
  });

  it('cannot change what is deleted', async () => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aWebhook('Mutating', 'a', widgetlessDelete));
    await engine.create(aConfigMap('m'));
    answers('a', () => labelled('x'));
    expect(await refusal(engine.remove(aConfigMap('m')))).toBe(
      '500 InternalError Internal error occurred: admission webhook "a.hooks.test" attempted to modify the object, which is not supported for this operation',
    );
  });
});

const widgetlessDelete: Draft = {
  rules: [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
};

describe('validating webhooks', () => {
  it('see the final object, all at once', async () => {
    const { engine, asked, answers } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v1'));
    await engine.create(aWebhook('Validating', 'v2'));
    await engine.create(aWebhook('Mutating', 'm'));
    answers('m', () => labelled('seen'));
    let release = (): void => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    answers('v1', () => both.then(() => allows));
    answers('v2', () => (release(), allows));
    await engine.create(aConfigMap('m'));
    const object = asked[1]?.request.object as Draft;
    expect({ paths: asked.map(({ path }) => path), labels: metaOf(object).labels, uid: metaOf(object).uid }).toEqual({
      paths: ['m', 'v1', 'v2'],
      labels: { seen: 'x' },
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it.each([
    [{ allowed: false }, '400 - admission webhook "v.hooks.test" denied the request without explanation'],
    [
      { allowed: false, status: { message: 'too big' } },
      '400 - admission webhook "v.hooks.test" denied the request: too big',
    ],
    [
      { allowed: false, status: { code: 403, reason: 'Forbidden', message: 'not you' } },
      '403 Forbidden admission webhook "v.hooks.test" denied the request: not you',
    ],
    [
      { allowed: false, status: { code: 200, reason: 'Conflict' } },
      '400 Conflict admission webhook "v.hooks.test" denied the request: Conflict',
    ],
  ])('refuse a write: %j', async (response, expected) => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v'));
    answers('v', () => response);
    expect(await refusal(engine.create(aConfigMap('m')))).toBe(expected);
    expect(engine.get(aConfigMap('m'))).toBeUndefined();
  });

  it('get a request that says who writes what, and how', async () => {
    const { engine, asked } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v'));
    await engine.create(aConfigMap('m'));
    const user = { name: 'ann', groups: ['system:masters'] };
    const call = engine.call(aConfigMap('m'), { dryRun: 'All', fieldManager: 'me' }, user);
    await patchObject(engine.registry, call, 'm', 'main', 'merge', { data: { a: '1' } });
    const { uid, object, oldObject, ...request } = asked[1]?.request ?? {};
    expect({ uid, data: [(oldObject as Draft).data, (object as Draft).data], request }).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      data: [undefined, { a: '1' }],
      request: {
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
        requestResource: { group: '', version: 'v1', resource: 'configmaps' },
        name: 'm',
        namespace: 'default',
        operation: 'UPDATE',
        userInfo: { username: 'ann', groups: ['system:masters'] },
        dryRun: true,
        options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'], fieldManager: 'me' },
      },
    });
    expect(engine.get(aConfigMap('m'))?.data).toBeUndefined();
  });

  it('warn the client', async () => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v'));
    answers('v', () => ({ allowed: true, warnings: ['this will end'] }));
    const call = engine.call(aConfigMap('m'));
    await createObject(engine.registry, call, aConfigMap('m'));
    expect(call.warnings).toEqual(['this will end']);
  });

  it('keep what is deleted', async () => {
    const { engine, asked, answers } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v', widgetlessDelete));
    await engine.create(aConfigMap('m'));
    answers('v', () => ({ allowed: false, status: { message: 'stays' } }));
    expect(await refusal(engine.remove(aConfigMap('m')))).toBe(
      '400 - admission webhook "v.hooks.test" denied the request: stays',
    );
    expect(asked.map(({ request }) => [request.operation, request.object, (request.oldObject as Draft).kind])).toEqual([
      ['DELETE', null, 'ConfigMap'],
    ]);
  });

  it('are not shown configurations of webhooks, so that none can lock everybody out', async () => {
    const { engine, asked } = await webhookWorld();
    const all = { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] };
    await engine.create(aWebhook('Validating', 'v', all));
    await engine.merge(aWebhook('Validating', 'v'), { metadata: { labels: { a: 'b' } } });
    await engine.remove(aWebhook('Validating', 'v'));
    expect(asked).toEqual([]);
  });

  it('judge a scale before it is written, and may change it', async () => {
    const { engine, answers, asked } = await webhookWorld('child');
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const metadata = { namespace: 'default', name: 'web' };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
    await engine.create({ ...deployment, spec: { selector: { matchLabels: { a: 'b' } }, template } });
    const rules = [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['*'], resources: ['deployments/scale'] }];
    await engine.create(aWebhook('Validating', 'v', { rules }));
    await engine.create(aWebhook('Mutating', 'm', { rules }));
    const scaleTo = (replicas: number) =>
      replaceScale(engine.registry, engine.call(deployment), 'web', { metadata, spec: { replicas } });
    answers('v', () => ({ allowed: false, status: { message: 'no more' } }));
    expect(await refusal(scaleTo(7))).toBe('400 - admission webhook "v.hooks.test" denied the request: no more');
    answers('v', () => allows);
    answers('m', () => patched({ op: 'replace', path: '/spec/replicas', value: 2 }));
    expect((await scaleTo(7)).object.spec).toEqual({ replicas: 2 });
    expect(engine.get(deployment)?.spec).toMatchObject({ replicas: 2 });
    expect(
      asked.map(({ path, request }) => [
        path,
        request.subResource,
        (request.kind as Draft).kind,
        ((request.object as Draft).spec as Draft).replicas,
        ((request.oldObject as Draft).spec as Draft).replicas,
      ]),
    ).toEqual([
      ['m', 'scale', 'Scale', 7, 1],
      ['v', 'scale', 'Scale', 7, 1],
      ['m', 'scale', 'Scale', 7, 1],
      ['v', 'scale', 'Scale', 2, 1],
    ]);
  });
});

describe('a webhook that does not answer as it should', () => {
  const text = (body: string, status = 200) => ({ status, headers: {}, body: Buffer.from(body, 'utf8') });
  const calling = '500 InternalError Internal error occurred: failed calling webhook "v.hooks.test": ';
  it.each([
    [
      'an unreachable one',
      () => Promise.reject(new Error('ECONNREFUSED')),
      'failed to call webhook: Post "https://hooks.test/v?timeout=10s": ECONNREFUSED',
    ],
    [
      'an error',
      () => text('oops', 500),
      'failed to call webhook: an error on the server ("oops") has prevented the request from succeeding',
    ],
    ['a missing page', () => text('', 404), 'failed to call webhook: the server could not find the requested resource'],
    ['no JSON', () => text('hello'), 'received invalid webhook response: it is no JSON'],
    ['no response', () => text('{}'), 'received invalid webhook response: webhook response was absent'],
    ['a wrong uid', () => ({ uid: 'other', allowed: true }), expect.stringContaining(', got "other"')],
    [
      'a patch',
      () => labelled('x'),
      'received invalid webhook response: validating webhook may not return response.patch',
    ],
  ])('refuses the write, or is passed over if its failurePolicy is Ignore: %s', async (_what, script, expected) => {
    const { engine, answers } = await webhookWorld();
    answers('v', script);
    await engine.create(aWebhook('Validating', 'v'));
    const refused = await refusal(engine.create(aConfigMap('m')));
    expect(refused.slice(0, calling.length)).toBe(calling);
    expect(refused.slice(calling.length)).toEqual(expected);
    await engine.merge(aWebhook('Validating', 'v'), aWebhook('Validating', 'v', { failurePolicy: 'Ignore' }));
    await engine.create(aConfigMap('m'));
    expect(engine.names('v1', 'ConfigMap')).toContain('default/m');
  });

  it('is late when its own timeout has passed, by the clock of the engine', async () => {
    const { engine, answers, asked } = await webhookWorld();
    answers('v', () => new Promise<Draft>(() => undefined));
    await engine.create(aWebhook('Validating', 'v', { timeoutSeconds: 3 }));
    const refused = refusal(engine.create(aConfigMap('m')));
    await engine.clock.advance(2_900);
    expect(asked[0]?.http.signal?.aborted).toBe(false);
    await engine.clock.advance(200);
    expect(await refused).toBe(
      `${calling}failed to call webhook: Post "https://hooks.test/v?timeout=3s": context deadline exceeded`,
    );
    expect(asked[0]?.http.signal?.aborted).toBe(true);
  });

  it('is nobody a server without HTTP can call', async () => {
    const engine = await testEngine();
    await engine.create(aWebhook('Validating', 'v'));
    expect(await refusal(engine.create(aConfigMap('m')))).toBe(
      `${calling}failed to call webhook: this server was started without the means to call webhooks`,
    );
  });

  it('cannot break the object with a patch that does not fit', async () => {
    const { engine, answers } = await webhookWorld();
    answers('a', () => patched({ op: 'remove', path: '/data/none' }));
    await engine.create(aWebhook('Mutating', 'a', { failurePolicy: 'Ignore' }));
    expect(await refusal(engine.create(aConfigMap('m')))).toMatch(/^500 InternalError Internal error occurred: /);
  });
});

describe('the write path', () => {
  it('plans again when the object moves while webhooks are asked', async () => {
    const { engine, answers, asked } = await webhookWorld();
    await engine.create(aConfigMap('m'));
    await engine.create(
      aWebhook('Validating', 'v', {
        matchConditions: [{ name: 'a', expression: 'has(object.data) && has(object.data.mine)' }],
      }),
    );
    let isFirst = true;
    answers('v', async () => {
      if (isFirst) {
        isFirst = false;
        await engine.merge(aConfigMap('m'), { metadata: { labels: { theirs: 'x' } } });
      }
      return allows;
    });
    const made = await engine.merge(aConfigMap('m'), { data: { mine: '1' } });
    expect({ data: made.data, labels: made.metadata.labels, asked: asked.length }).toEqual({
      data: { mine: '1' },
      labels: { theirs: 'x' },
      asked: 2,
    });
  });

  it('refuses an update of a version that is gone when the webhooks have answered', async () => {
    const { engine, answers } = await webhookWorld();
    const before = await engine.create(aConfigMap('m'));
    await engine.create(
      aWebhook('Validating', 'v', { matchConditions: [{ name: 'a', expression: 'has(object.data)' }] }),
    );
    answers('v', async () => {
      await engine.merge(aConfigMap('m'), { metadata: { labels: { theirs: 'x' } } });
      return allows;
    });
    const body = { ...before, data: { mine: '1' } };
    expect(await refusal(replaceObject(engine.registry, engine.call(aConfigMap('m')), 'm', 'main', body))).toMatch(
      /^409 Conflict Operation cannot be fulfilled on configmaps "m"/,
    );
  });

  it('gives the name to whoever came first while webhooks are asked', async () => {
    const { engine, answers } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v', { objectSelector: { matchLabels: { slow: 'x' } } }));
    answers('v', async () => {
      await engine.create(aConfigMap('m'));
      return allows;
    });
    expect(await refusal(engine.create(aConfigMap('m', [], { labels: { slow: 'x' } })))).toBe(
      '409 AlreadyExists configmaps "m" already exists',
    );
  });

  it('stays within one turn when no webhook is concerned', async () => {
    const { engine } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v', widgetRules(['v1'])));
    const writing = createObject(engine.registry, engine.call(aConfigMap('m')), aConfigMap('m'));
    expect(engine.registry.store.head('configmaps', 'default', 'm')).toBeDefined();
    await writing;
  });
});
