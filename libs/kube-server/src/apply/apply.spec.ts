import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aDefinition, type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { patchObject } from '../registry/write.js';
import type { Draft, ManagedFieldsEntry, Stored } from '../storage/stored.js';

const text = { type: 'string' };
const spec = {
  type: 'object',
  properties: {
    a: text,
    b: text,
    c: text,
    d: text,
    nested: { type: 'object', properties: { x: text, y: text } },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text },
      },
    },
    atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { x: text, y: text } },
    list: { type: 'array', items: text },
    map: { type: 'object', additionalProperties: text },
  },
};
const key = { apiVersion: 'test.keelson.io/v1', kind: 'Thing', metadata: { namespace: 'default', name: 't' } };

function fieldsOf(object: Stored | undefined, manager: string): unknown {
  const entry = object?.metadata.managedFields?.find((one: ManagedFieldsEntry) => one.manager === manager);
  return entry?.fieldsV1?.['f:spec'];
}

describe('server-side apply', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine({ definitions: [aDefinition('Thing', { spec })] });
  });
  afterEach(() => engine.close());
  const apply = async (manager: string, applied: Draft, force = false): Promise<Stored> => {
    const call = engine.call(key, { fieldManager: manager, ...(force ? { force: 'true' } : {}) });
    return (await patchObject(engine.registry, call, 't', 'main', 'apply', { ...key, spec: applied })).object;
  };

  it('creates, and does nothing the second time', async () => {
    const made = await apply('m', { a: '1', ports: [{ port: 1 }] });
    expect(made.spec).toEqual({ a: '1', ports: [{ port: 1, protocol: 'TCP' }] });
    expect(fieldsOf(made, 'm')).toEqual({
      'f:a': {},
      'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
    });
    await engine.clock.advance(5000);
    expect(await apply('m', { a: '1', ports: [{ port: 1 }] })).toBe(made);
  });

  it('removes what its manager no longer names, unless somebody else has it too', async () => {
    await apply('m', { a: '1', b: '1', nested: { x: '1', y: '1' } });
    await apply('n', { b: '1', nested: { y: '1' } });
    expect((await apply('m', { a: '1' })).spec).toEqual({ a: '1', b: '1', nested: { y: '1' } });
    expect((await apply('n', {})).spec).toEqual({ a: '1' });
  });

  it('names the fields and managers it would take from', async () => {
    await apply('m', { a: '1', b: '1' });
    await expect(apply('n', { a: '2' })).rejects.toThrow('Apply failed with 1 conflict: conflict with "m": .spec.a');
    await expect(apply('n', { a: '2', b: '2' })).rejects.toThrow(
      'Apply failed with 2 conflicts: conflicts with "m":\n- .spec.a\n- .spec.b',
    );
    await engine.merge(key, { spec: { c: '1' } });
    await expect(apply('n', { c: '2' })).rejects.toThrow(
      'conflict with "kube-apiserver" using test.keelson.io/v1: .spec.c',
    );
  });

  it('takes them when forced', async () => {
    await apply('m', { a: '1', b: '1' });
    const taken = await apply('n', { a: '2' }, true);
    expect(taken.spec).toEqual({ a: '2', b: '1' });
    expect([fieldsOf(taken, 'm'), fieldsOf(taken, 'n')]).toEqual([{ 'f:b': {} }, { 'f:a': {} }]);
  });

  it('shares sets and map lists by item, keeping the live order', async () => {
    await apply('m', { set: ['t1', 't2'], ports: [{ port: 1, name: 'one' }] });
    const both = await apply('n', { set: ['t2', 't3'], ports: [{ port: 1, protocol: 'UDP' }, { port: 2 }] });
    expect(both.spec).toMatchObject({
      set: ['t1', 't2', 't3'],
      ports: [
        { port: 1, protocol: 'TCP', name: 'one' },
        { port: 1, protocol: 'UDP' },
        { port: 2, protocol: 'TCP' },
      ],
    });
    expect((await apply('m', { set: [] })).spec).toEqual({
      set: ['t2', 't3'],
      ports: [
        { port: 1, protocol: 'UDP' },
        { port: 2, protocol: 'TCP' },
      ],
    });
  });

  it('takes atomic maps and lists as one', async () => {
    await apply('m', { atomic: { x: '1' }, list: ['a'] });
    await expect(apply('n', { atomic: { y: '1' } })).rejects.toThrow('.spec.atomic');
    expect((await apply('n', { atomic: { y: '1' }, list: ['b'] }, true)).spec).toEqual({
      atomic: { y: '1' },
      list: ['b'],
    });
  });

  it('refuses unknown fields and duplicates as a real server does', async () => {
    await expect(apply('m', { zz: '1' })).rejects.toThrow(
      'failed to create typed patch object (default/t; test.keelson.io/v1, Kind=Thing): .spec.zz: field not declared in schema',
    );
    await expect(apply('m', { ports: [{ port: 1 }, { port: 1 }] })).rejects.toThrow(
      '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
    );
    await expect(apply('m', { set: ['q', 'q'] })).rejects.toThrow('.spec.set: duplicate entries for key [="q"]');
  });

  it('lets an update take fields over, and lose them when it removes them', async () => {
    await apply('m', { a: '1', b: '1', map: { k: 'v' } });
    const updated = await engine.merge(key, { spec: { a: '2', b: null } });
    expect([fieldsOf(updated, 'm'), fieldsOf(updated, 'kube-apiserver')]).toEqual([
      { 'f:map': { 'f:k': {} } },
      { 'f:a': {} },
    ]);
  });

  it('removes all entries when a client writes [{}]', async () => {
    await apply('m', { a: '1' });
    expect((await engine.merge(key, { metadata: { managedFields: [{}] } })).metadata.managedFields).toBeUndefined();
  });

  const fields = ['a', 'b', 'c', 'd'] as const;
  const config = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom('1', '2'));
  const step = fc.record({ manager: fc.constantFrom('m', 'n', 'o'), config, isUpdate: fc.boolean() });

  it('keeps values and owners as a simple model does, whoever writes what', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const model = new Map<string, { value: string; owners: Set<string> }>();
        await apply('first', {}, true);
        for (const { manager, config: wanted, isUpdate } of steps) {
          if (isUpdate) await engine.merge(key, { spec: wanted });
          else await apply(manager, wanted, true);
          const who = isUpdate ? 'kube-apiserver' : manager;
          for (const [name, value] of Object.entries(wanted)) {
            const present = model.get(name);
            if (present?.value !== value) model.set(name, { value, owners: new Set([who]) });
            else if (!isUpdate) present.owners.add(who);
          }
          if (!isUpdate)
            for (const [name, { owners }] of model)
              if (!(name in wanted) && owners.delete(who) && owners.size === 0) model.delete(name);
          const object = engine.get(key);
          expect(object?.spec ?? {}).toEqual(Object.fromEntries([...model].map(([name, { value }]) => [name, value])));
          for (const one of ['m', 'n', 'o', 'kube-apiserver']) {
            const owned = Object.keys((fieldsOf(object, one) ?? {}) as Draft)
              .filter((element) => element.startsWith('f:'))
              .sort();
            expect([one, owned]).toEqual([
              one,
              [...model]
                .filter(([, { owners }]) => owners.has(one))
                .map(([name]) => `f:${name}`)
                .sort(),
            ]);
          }
        }
        await engine.remove(key);
      }),
      { numRuns: 60 },
    );
  });
});
