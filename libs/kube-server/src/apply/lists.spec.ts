import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aDefinition, type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { patchObject } from '../registry/write.js';
import type { Draft } from '../storage/stored.js';

const text = { type: 'string' };
const spec = {
  type: 'object',
  properties: {
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port'],
      items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' }, name: text } },
    },
    map: { type: 'object', additionalProperties: text },
  },
};
const key = { apiVersion: 'test.keelson.io/v1', kind: 'Thing', metadata: { namespace: 'default', name: 't' } };
const managers = ['m', 'n', 'o'] as const;

interface Config {
  readonly set: readonly string[];
  readonly ports: readonly { readonly port: number; readonly name?: string }[];
  readonly map: Readonly<Record<string, string>>;
}

const config: fc.Arbitrary<Config> = fc.record({
  set: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
  ports: fc.uniqueArray(
    fc.record({ port: fc.constantFrom(1, 2, 3), name: fc.constantFrom('x', 'y') }, { requiredKeys: ['port'] }),
    { maxLength: 3, selector: ({ port }) => port },
  ),
  map: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('x', 'y')),
});

/** Every field that a config owns, with its value: items of sets and of map lists are fields of their own. */
function leavesOf({ set, ports, map }: Config): Map<string, string> {
  return new Map([
    ...set.map((item): [string, string] => [`set ${item}`, item]),
    ...ports.flatMap(({ port, name }): [string, string][] => [
      [`port ${port}`, String(port)],
      ...(name === undefined ? [] : [[`port ${port} name`, name] as [string, string]]),
    ]),
    ...Object.entries(map).map(([name, value]): [string, string] => [`map ${name}`, value]),
  ]);
}

/** What an object holds, as such fields. */
function leavesIn(object: Draft | undefined): Map<string, string> {
  const { set = [], ports = [], map = {} } = (object?.spec ?? {}) as Partial<Config>;
  return leavesOf({ set, ports, map });
}

describe('applies of lists by item', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine({ definitions: [aDefinition('Thing', { spec })] });
  });
  afterEach(() => engine.close());
  const apply = (manager: string, applied: Config): Promise<unknown> => {
    const call = engine.call(key, { fieldManager: manager, force: 'true' });
    return patchObject(engine.registry, call, 't', 'main', 'apply', { ...key, spec: applied });
  };

  it('leave what somebody still wants, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...managers), config), { minLength: 1, maxLength: 8 }),
        async (steps) => {
          const owned = new Map<string, { value: string; owners: Set<string> }>();
          for (const [manager, wanted] of steps) {
            await apply(manager, wanted);
            const leaves = leavesOf(wanted);
            for (const [name, value] of leaves) {
              const known = owned.get(name);
              if (known?.value === value) known.owners.add(manager);
              else owned.set(name, { value, owners: new Set([manager]) });
            }
            for (const [name, { owners }] of owned)
              if (!leaves.has(name) && owners.delete(manager) && owners.size === 0) owned.delete(name);
            // An item that is gone takes with it nothing that others own: they own its key too.
            expect(leavesIn(engine.get(key))).toEqual(new Map([...owned].map(([name, { value }]) => [name, value])));
          }
          await engine.remove(key);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('do nothing the second time', async () => {
    await fc.assert(
      fc.asyncProperty(config, config, async (one, other) => {
        await apply('m', one);
        await apply('n', other);
        const before = engine.get(key);
        await apply('n', other);
        expect(engine.get(key)).toBe(before);
        await engine.remove(key);
      }),
      { numRuns: 40 },
    );
  });
});
