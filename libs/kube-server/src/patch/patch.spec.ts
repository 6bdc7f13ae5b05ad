import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@keelson/std';
import fc from 'fast-check';
import type { StructuralSchema } from '../schema/schema.js';
import { jsonPatch } from './json-patch.js';
import { mergePatch } from './merge-patch.js';
import { strategicMergePatch } from './strategic-merge-patch.js';

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constantFrom('a', 'b'),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4 }),
}));
const object = json.object as fc.Arbitrary<Record<string, unknown>>;

/** The merge patch that makes `to` of `from`. */
function patchBetween(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  for (const name of Object.keys(from)) if (!(name in to)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    const old = from[name];
    if (isMap(value) && isMap(old)) patch[name] = patchBetween(old, value);
    else if (canonicalJson(value) !== canonicalJson(old)) patch[name] = value;
  }
  return patch;
}

describe('merge patch', () => {
  // RFC 7386, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('comes from any object to any other, and then changes nothing', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        const patch = patchBetween(from, to);
        const result = mergePatch(from, patch);
        expect(result).toEqual(to);
        expect(mergePatch(result, patch)).toEqual(to);
      }),
    );
  });
});

const containers: StructuralSchema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', properties: { name: { type: 'string' }, image: { type: 'string' } } },
};
const schema: StructuralSchema = {
  type: 'object',
  properties: {
    containers,
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    args: { type: 'array', items: { type: 'string' } },
    strategy: { type: 'object', properties: {} },
  },
};

describe('strategic merge patch', () => {
  const a = { name: 'a', image: '1' };
  const b = { name: 'b', image: '1' };

  it.each<[string, unknown, unknown, unknown]>([
    [
      'merges items by key',
      { containers: [a, b] },
      { containers: [{ name: 'a', image: '2' }] },
      { containers: [{ name: 'a', image: '2' }, b] },
    ],
    ['puts new ones first', { containers: [a] }, { containers: [b] }, { containers: [b, a] }],
    [
      'deletes by directive',
      { containers: [a, b] },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [b] },
    ],
    [
      'replaces the list by directive',
      { containers: [a] },
      { containers: [b, { $patch: 'replace' }] },
      { containers: [b] },
    ],
    [
      'puts items in order',
      { containers: [a, b] },
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      { containers: [b, a] },
    ],
    ['adds to sets', { finalizers: ['x'] }, { finalizers: ['y', 'x'] }, { finalizers: ['x', 'y'] }],
    [
      'takes from sets',
      { finalizers: ['x', 'y'] },
      { '$deleteFromPrimitiveList/finalizers': ['x'] },
      { finalizers: ['y'] },
    ],
    ['replaces other lists', { args: ['x'] }, { args: ['y'] }, { args: ['y'] }],
    [
      'keeps only the named members',
      { strategy: { type: 'A', rolling: {} } },
      { strategy: { $retainKeys: ['type'], type: 'B' } },
      { strategy: { type: 'B' } },
    ],
    [
      'replaces an object by directive',
      { strategy: { a: 1 } },
      { strategy: { $patch: 'replace', b: 2 } },
      { strategy: { b: 2 } },
    ],
    ['removes by null', { args: ['x'], strategy: {} }, { args: null }, { strategy: {} }],
  ])('%s', (_, target, patch, result) => {
    expect(strategicMergePatch(schema, target, patch)).toEqual(result);
  });

  it('needs the key of an item', () => {
    expect(() => strategicMergePatch(schema, {}, { containers: [{ image: '1' }] })).toThrow(
      'does not contain declared merge key: name',
    );
  });
});

describe('JSON patch', () => {
  it('does what its operations say', () => {
    const patch = [
      { op: 'test', path: '/a', value: 1 },
      { op: 'replace', path: '/a', value: 2 },
      { op: 'add', path: '/l/-', value: 'z' },
      { op: 'remove', path: '/b~1c' },
      { op: 'move', from: '/m', path: '/n' },
      { op: 'copy', from: '/n', path: '/o' },
    ];
    expect(jsonPatch({ a: 1, l: ['x'], 'b/c': 1, m: { x: 1 } }, patch)).toEqual({
      a: 2,
      l: ['x', 'z'],
      n: { x: 1 },
      o: { x: 1 },
    });
  });

  it.each([
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'remove', path: '/zz' }]],
    [[{ op: 'replace', path: '/x/y', value: 1 }]],
  ])('fails as a whole: %j', (patch) => {
    const target = { a: 1 };
    expect(() => jsonPatch(target, patch)).toThrow('the server rejected our request due to an error in our request');
    expect(target).toEqual({ a: 1 });
  });
});
