import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StructuralSchema } from '../schema/schema.js';
import { jsonPatch } from './json-patch.js';
import { strategicMergePatch } from './strategic-merge-patch.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const name = fc.constantFrom('a', 'b', 'c/d', 'e~f', '');
const { object, value } = fc.letrec<{ value: Json; object: Record<string, Json> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('x', 'y'),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
}));

const pointer = (path: readonly string[]): string =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
const isMap = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902 operations that make `to` of `from`, with a test of what each of them takes away. */
function operationsBetween(from: unknown, to: unknown, path: readonly string[] = []): Operation[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const at = pointer(path);
  if (Array.isArray(from) && Array.isArray(to)) {
    const shared = Math.min(from.length, to.length);
    return [
      ...Array.from({ length: shared }, (_, i) => operationsBetween(from[i], to[i], [...path, String(i)])).flat(),
      ...from.slice(shared).map(() => ({ op: 'remove', path: `${at}/${shared}` })),
      ...to.slice(shared).map((item: unknown) => ({ op: 'add', path: `${at}/-`, value: item })),
    ];
  }
  if (!isMap(from) || !isMap(to))
    return [
      { op: 'test', path: at, value: from },
      { op: 'replace', path: at, value: to },
    ];
  return [
    ...Object.keys(from)
      .filter((each) => !Object.hasOwn(to, each))
      .map((each) => ({ op: 'remove', path: pointer([...path, each]) })),
    ...Object.entries(to).flatMap(([each, item]) =>
      Object.hasOwn(from, each)
        ? operationsBetween(from[each], item, [...path, each])
        : [{ op: 'add', path: pointer([...path, each]), value: item }],
    ),
  ];
}

describe('JSON patches', () => {
  it('come from any object to any other, and leave the first as it was', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        const before = JSON.stringify(from);
        expect(jsonPatch(from, operationsBetween(from, to))).toEqual(to);
        expect(JSON.stringify(from)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('that move or copy are those that remove and add', () => {
    fc.assert(
      fc.property(object, name, value, (rest, target, item) => {
        const from = { ...rest, source: item };
        const to = pointer([target]);
        const moved = jsonPatch(from, [{ op: 'move', from: '/source', path: to }]);
        const copied = jsonPatch(from, [{ op: 'copy', from: '/source', path: to }]);
        const { source: _source, ...without } = from;
        expect([moved, copied]).toEqual([
          { ...without, [target]: item },
          { ...from, [target]: item },
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('that fail in the end change nothing', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        const before = JSON.stringify(from);
        const failing = [...operationsBetween(from, to), { op: 'test', path: '/nowhere', value: 1 }];
        expect(() => jsonPatch(from, failing)).toThrow();
        expect(JSON.stringify(from)).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    containers: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, image: { type: 'string' }, tag: { type: 'string' } },
      },
    },
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    plain: { type: 'array', items: { type: 'string' } },
  },
};
const word = fc.constantFrom('x', 'y', 'z');
const container = fc.record({ name: word, image: word, tag: word }, { requiredKeys: ['name'] });
const pod = fc.record(
  {
    containers: fc.uniqueArray(container, { maxLength: 3, selector: ({ name: each }) => each }),
    finalizers: fc.uniqueArray(word, { maxLength: 3 }),
    plain: fc.array(word, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
type Pod = typeof pod extends fc.Arbitrary<infer P> ? P : never;

const merged = (target: Pod, patch: object): Pod => strategicMergePatch(schema, target, patch) as Pod;

describe('strategic merge patches', () => {
  it('merge lists by key and sets by value, replace other lists, and keep what they do not name', () => {
    fc.assert(
      fc.property(pod, pod, (target, patch) => {
        const result = merged(target, patch);
        const named = (of: Pod, each: string): object | undefined => of.containers?.find((one) => one.name === each);
        const all = [...(target.containers ?? []), ...(patch.containers ?? [])].map((one) => one.name);
        expect(new Map(result.containers?.map((one) => [one.name, one]))).toEqual(
          new Map(all.map((each) => [each, { ...named(target, each), ...named(patch, each) }])),
        );
        expect(result.finalizers?.length).toBe(
          target.finalizers === undefined && patch.finalizers === undefined
            ? undefined
            : new Set([...(target.finalizers ?? []), ...(patch.finalizers ?? [])]).size,
        );
        expect(result.plain).toEqual(patch.plain ?? target.plain);
      }),
      { numRuns: 300 },
    );
  });

  it('do nothing the second time', () => {
    fc.assert(
      fc.property(pod, pod, (target, patch) => {
        const once = merged(target, patch);
        expect(merged(once, patch)).toEqual(once);
      }),
      { numRuns: 200 },
    );
  });

  it('delete the items they say, and order as they say', () => {
    fc.assert(
      fc.property(pod, fc.shuffledSubarray(['x', 'y', 'z']), word, (target, order, victim) => {
        const deletion = { containers: [{ name: victim, $patch: 'delete' }] };
        const left = (target.containers ?? []).filter((one) => one.name !== victim);
        expect(merged(target, deletion).containers ?? []).toEqual(left);
        const present = (target.containers ?? []).map((one): string => one.name);
        const wanted = order.filter((each) => present.includes(each));
        const ordered = merged(target, {
          '$setElementOrder/containers': wanted.map((each) => ({ name: each })),
          containers: [],
        });
        expect((ordered.containers ?? []).map((one) => one.name).filter((each) => wanted.includes(each))).toEqual(
          wanted,
        );
      }),
      { numRuns: 200 },
    );
  });
});
