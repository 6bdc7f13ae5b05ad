import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  difference,
  emptySet,
  equalSets,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  leaf,
  nodeOf,
  pathsOf,
  toFieldsV1,
  union,
  withoutBelow,
} from './field-set.js';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"port":1,"protocol":"TCP"}', 'v:"x"', 'i:0');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });

function setOf(all: readonly (readonly string[])[]): FieldSet {
  return all.reduce<FieldSet>(
    (set, each) =>
      union(
        set,
        each.reduceRight<FieldSet>((below, one) => nodeOf(false, [[one, below]]), leaf),
      ),
    emptySet,
  );
}

const texts = (set: FieldSet): string[] =>
  pathsOf(set)
    .map((each) => each.join('\n'))
    .sort();
const asTexts = (all: readonly (readonly string[])[]): string[] =>
  [...new Set(all.map((each) => each.join('\n')))].sort();
const sets = fc.tuple(paths, paths);

describe('sets of fields', () => {
  it('unite, intersect and differ as sets of paths do', () => {
    fc.assert(
      fc.property(sets, ([left, right]) => {
        const [a, b] = [setOf(left), setOf(right)];
        const [inA, inB] = [asTexts(left), asTexts(right)];
        expect([texts(union(a, b)), texts(intersection(a, b)), texts(difference(a, b))]).toEqual([
          asTexts([...left, ...right]),
          inA.filter((one) => inB.includes(one)),
          inA.filter((one) => !inB.includes(one)),
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('lose what lies below the members of another', () => {
    fc.assert(
      fc.property(sets, ([left, right]) => {
        const roots = asTexts(right);
        const isBelow = (one: string): boolean => roots.some((root) => one === root || one.startsWith(`${root}\n`));
        expect(texts(withoutBelow(setOf(left), setOf(right)))).toEqual(asTexts(left).filter((one) => !isBelow(one)));
      }),
      { numRuns: 300 },
    );
  });

  it('keep the laws: each with itself, with nothing, in either order', () => {
    fc.assert(
      fc.property(sets, ([left, right]) => {
        const [a, b] = [setOf(left), setOf(right)];
        expect([
          equalSets(union(a, b), union(b, a)),
          equalSets(intersection(a, b), intersection(b, a)),
          equalSets(union(difference(a, b), intersection(a, b)), a),
          equalSets(union(a, emptySet), a),
          isEmptySet(difference(a, a)),
          equalSets(intersection(a, a), a),
        ]).toEqual([true, true, true, true, true, true]);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same again when they were written as FieldsV1', () => {
    fc.assert(
      fc.property(paths, (all) => {
        const set = setOf(all);
        const json: unknown = JSON.parse(JSON.stringify(toFieldsV1(set)));
        const again = fromFieldsV1(json);
        if (isEmptySet(set)) expect(again).toEqual(leaf);
        else
          expect([again !== undefined && equalSets(again, set), toFieldsV1(again ?? emptySet)]).toEqual([true, json]);
      }),
      { numRuns: 300 },
    );
  });
});
