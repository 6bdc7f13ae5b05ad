import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aConfigMap, aDefinition, type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { ApiError, type Status } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import type { Call } from './context.js';
import type { Query } from './options.js';
import { listObjects, withFreshToken } from './read.js';
import { deleteCollection, deleteObject } from './remove.js';
import { watchObjects } from './watch.js';
import { createObject, patchObject, replaceObject } from './write.js';

const thing = (name: string, more: Draft = {}): Draft => ({
  apiVersion: 'test.keelson.io/v1',
  kind: 'Thing',
  metadata: { namespace: 'default', name },
  spec: { size: 1 },
  ...more,
});
const map = aConfigMap('m');

/** The Status of a refusal, or what came instead. */
const refusal = (asked: Promise<unknown> | (() => unknown)): Promise<Partial<Status>> =>
  Promise.resolve()
    .then(() => (typeof asked === 'function' ? asked() : asked))
    .then(
      (value) => ({ message: `was answered with ${JSON.stringify(value)}` }),
      (error: unknown) => (error instanceof ApiError ? error.status : { message: String(error) }),
    );

describe('what a real server answers (observed at 1.33)', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine({ definitions: [aDefinition('Thing')] });
    await engine.create(thing('t'));
    await engine.create(map);
  });
  afterEach(() => engine.close());
  const call = (object: Draft, query: Query = {}): Call => engine.call(object, query);
  const create = (object: Draft, query?: Query) => refusal(createObject(engine.registry, call(object, query), object));
  const put = (object: Draft, name: string) =>
    refusal(replaceObject(engine.registry, call(object), name, 'main', object));
  const merge = (object: Draft, name: string, patch: Draft, query?: Query) =>
    refusal(patchObject(engine.registry, call(object, query), name, 'main', 'merge', patch));
  const list = (query: Query) => refusal(listObjects(engine.registry, call(map, query)));

  it('1: an unknown fieldValidation', async () => {
    expect(await create(thing('x'), { fieldValidation: 'Nope' })).toMatchObject({
      code: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Nope": supported values: "", "Ignore", "Strict", "Warn"',
    });
  });

  it('2: a custom resource without apiVersion; a built-in kind may', async () => {
    expect(
      await refusal(createObject(engine.registry, call(thing('x')), { kind: 'Thing', metadata: { name: 'x' } })),
    ).toMatchObject({
      code: 400,
      message: 'the API version in the data () does not match the expected API version (test.keelson.io/v1)',
    });
    expect((await createObject(engine.registry, call(map), { metadata: { name: 'bare' } })).status).toBe(201);
  });

  it('3 to 6: lists with a wrong selector, version, limit or token', async () => {
    expect(await list({ labelSelector: '==' })).toMatchObject({
      code: 400,
      message: expect.stringContaining("found '==', expected: !, identifier, or 'end of string'"),
    });
    expect(await list({ resourceVersion: 'abc' })).toMatchObject({
      code: 400,
      message: expect.stringContaining('invalid resource version'),
    });
    expect(
      await refusal(() =>
        watchObjects(engine.registry, call(map, { resourceVersion: 'abc' }), {
          event: () => undefined,
          end: () => undefined,
        }),
      ),
    ).toMatchObject({ code: 500 });
    expect((await listObjects(engine.registry, call(map, { limit: '-1' }))).metadata.continue).toBeUndefined();
    expect(await list({ continue: 'zzz' })).toMatchObject({
      code: 400,
      message: expect.stringContaining('invalid continue token: continue key is not valid'),
    });
    expect(await list({ fieldSelector: 'spec.x=y' })).toMatchObject({
      code: 400,
      message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    expect(await list({ resourceVersionMatch: 'Exact' })).toMatchObject({ code: 422 });
  });

  it('7 and 8: names, namespaces and uids that are not those of the URL', async () => {
    expect(await put(thing('other'), 't')).toMatchObject({
      code: 400,
      message: 'the name of the object (other) does not match the name on the URL (t)',
    });
    expect(await merge(thing('t'), 't', { metadata: { uid: 'zz' } })).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.uid: Invalid value: "zz": field is immutable'),
    });
    expect(await merge(thing('t'), 't', { metadata: { namespace: 'other' } })).toMatchObject({
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    });
  });

  it('9: labels, annotations and finalizers that are no names', async () => {
    expect(await create(aConfigMap('x', [], { labels: { 'a b': 'c' } }))).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'metadata.labels' }] },
    });
    expect(await create(aConfigMap('x', [], { finalizers: ['plain'] }))).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'metadata.finalizers[0]' }] },
    });
  });

  it('12 and 13: what Go could not decode, and unknown fields', async () => {
    expect(await create({ ...aConfigMap('x'), data: { a: 1 } })).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    });
    expect(await create({ ...aConfigMap('x'), datta: {} }, { fieldValidation: 'Strict' })).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datta"',
    });
    const warned = call(map);
    await createObject(engine.registry, warned, { ...aConfigMap('warned'), datta: {} });
    expect(warned.warnings).toEqual(['unknown field "datta"']);
    expect(await merge(thing('t'), 't', { spec: { zz: 1 } }, { fieldValidation: 'Strict' })).toMatchObject({
      code: 422,
      message: expect.stringContaining('strict decoding error: unknown field "spec.zz"'),
    });
  });

  it('14 and 15: finalizers of what is being deleted, and unknown policies', async () => {
    const held = await engine.create(aConfigMap('held', [], { finalizers: ['x.io/f'] }));
    await engine.remove(held);
    expect(await merge(held, 'held', { metadata: { finalizers: ['x.io/f', 'x.io/g'] } })).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/g"}',
      ),
    });
    expect(await refusal(deleteObject(engine.registry, call(map), 'm', { propagationPolicy: 'Nope' }))).toMatchObject({
      code: 422,
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  });

  it('a PUT of a custom resource without resourceVersion, one that is too old, a precondition that fails', async () => {
    expect(await put(thing('t'), 't')).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.resourceVersion: Invalid value: 0: must be specified for an update'),
      details: { kind: 'things' },
    });
    expect(await put({ ...map, metadata: { ...(map.metadata as Draft), resourceVersion: '1' } }, 'm')).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on configmaps "m": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect(
      await refusal(deleteObject(engine.registry, call(map), 'm', { preconditions: { uid: 'zz' } })),
    ).toMatchObject({
      code: 409,
      details: { kind: 'ConfigMap' },
      message: expect.stringContaining('the UID in the precondition (zz) does not match the UID in record'),
    });
  });

  it('names that are taken or missing', async () => {
    expect(await create(map)).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "m" already exists',
    });
    expect(await create({ ...map, metadata: { namespace: 'default' } })).toMatchObject({
      code: 422,
      message: expect.stringContaining('name or generateName is required'),
    });
    expect(await create({ ...map, metadata: { namespace: 'nowhere', name: 'x' } })).toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
    });
    expect(
      (await createObject(engine.registry, call(map), { metadata: { generateName: 'g-' } })).object.metadata.name,
    ).toMatch(/^g-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});

describe('writing', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine({ definitions: [aDefinition('Thing')] });
  });
  afterEach(() => engine.close());

  it('moves the generation with the content only, and nothing when nothing changes', async () => {
    const made = await engine.create(thing('t'));
    const same = await engine.merge(thing('t'), { spec: { size: 1 } });
    expect(same).toBe(made);
    const labelled = await engine.merge(thing('t'), { metadata: { labels: { a: 'b' } } });
    const told = await engine.merge(thing('t'), { status: { ready: true }, spec: { size: 9 } }, 'status');
    const sized = await engine.merge(thing('t'), { status: { ready: false }, spec: { size: 2 } });
    expect([made, labelled, told, sized].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 1, 2]);
    expect([told.spec, told.status, sized.spec, sized.status]).toEqual([
      { size: 1 },
      { ready: true },
      { size: 2 },
      { ready: true },
    ]);
  });

  it('stores nothing in a dry run', async () => {
    const { object, status } = await createObject(
      engine.registry,
      engine.call(thing('t'), { dryRun: 'All' }),
      thing('t'),
    );
    expect([status, object.metadata.uid]).toEqual([201, expect.any(String)]);
    expect(engine.get(thing('t'))).toBeUndefined();
  });

  it('has one winner among fifty who compare and swap', async () => {
    const made = await engine.create(thing('t'));
    const next = (n: number): Draft => ({
      ...thing('t'),
      metadata: { namespace: 'default', name: 't', resourceVersion: made.metadata.resourceVersion },
      spec: { size: 100 + n },
    });
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        replaceObject(engine.registry, engine.call(thing('t')), 't', 'main', next(n)),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('deletes a collection by selector', async () => {
    for (const name of ['a', 'b', 'c'])
      await engine.create(
        thing(name, { metadata: { namespace: 'default', name, labels: { keep: String(name === 'b') } } }),
      );
    const { items } = await deleteCollection(
      engine.registry,
      engine.call(thing('x'), { labelSelector: 'keep!=true' }),
      {},
    );
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
    expect(engine.names('test.keelson.io/v1', 'Thing')).toEqual(['default/b']);
  });
});

describe('pages of a list', () => {
  it('show one point in time, whatever is written meanwhile', async () => {
    const engine = await testEngine({ definitions: [aDefinition('Thing')] });
    for (let i = 0; i < 5; i++) await engine.create(thing(`t${i}`));
    const page = (token?: string) =>
      listObjects(
        engine.registry,
        engine.call(thing('x'), { limit: '2', ...(token === undefined ? {} : { continue: token }) }),
      );
    const first = await page();
    expect(first.metadata.remainingItemCount).toBe(3);
    await engine.remove(thing('t2'));
    await engine.create(thing('t3-new'));
    await engine.merge(thing('t4'), { spec: { size: 7 } });
    const second = await page(first.metadata.continue);
    const third = await page(second.metadata.continue);
    expect(
      [...first.items, ...second.items, ...third.items].map(({ metadata: { name }, spec }) => [name, spec]),
    ).toEqual(Array.from({ length: 5 }, (_, i) => [`t${i}`, { size: 1 }]));
    expect([second, third].map(({ metadata }) => metadata.resourceVersion)).toEqual([
      first.metadata.resourceVersion,
      first.metadata.resourceVersion,
    ]);
    expect(third.metadata.continue).toBe('');
    await engine.close();
  });

  it('that come too late get a token to go on inconsistently', async () => {
    const engine = await testEngine();
    const token = Buffer.from(JSON.stringify({ v: 'keelson.v1', rv: 0, after: 'default\0a' })).toString('base64url');
    const asked = engine.call(aConfigMap('x'), { continue: token, limit: '1' });
    const error = withFreshToken(new ApiError(410, 'Expired', 'too old'), engine.registry, asked);
    const fresh = String(error.status.metadata.continue);
    expect(JSON.parse(Buffer.from(fresh, 'base64url').toString())).toEqual({
      v: 'keelson.v1',
      rv: engine.registry.store.revision,
      after: 'default\0a',
    });
    await engine.close();
  });
});
