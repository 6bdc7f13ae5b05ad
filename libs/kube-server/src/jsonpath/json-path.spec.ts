import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileJsonPath } from './json-path.js';

type Step =
  | { readonly type: 'member'; readonly name: string; readonly quote: '' | "'" | '"' }
  | { readonly type: 'item'; readonly index: number }
  | { readonly type: 'all'; readonly isShort: boolean }
  | { readonly type: 'filter'; readonly name: string; readonly operator: string; readonly value: string | number };

const names = ['a', 'b', 'type', 'x-1', 'app.io/name', "it's", 'back\\slash'] as const;
const plain = ['a', 'b', 'type'] as const;
const scalar = fc.oneof(
  fc.constantFrom('a', 'Ready', ''),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
}));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('member' as const),
    name: fc.constantFrom(...names),
    quote: fc.constantFrom('' as const, "'" as const, '"' as const),
  }),
  fc.record({ type: fc.constant('item' as const), index: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ type: fc.constant('all' as const), isShort: fc.boolean() }),
  fc.record({
    type: fc.constant('filter' as const),
    name: fc.constantFrom(...plain),
    operator: fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
    value: fc.oneof(fc.constantFrom('a', 'Ready'), fc.integer({ min: -2, max: 2 })),
  }),
);

function written(one: Step): string {
  if (one.type === 'item') return `[${one.index}]`;
  if (one.type === 'all') return one.isShort ? '.*' : '[*]';
  if (one.type === 'filter') return `[?(@.${one.name}${one.operator}${JSON.stringify(one.value)})]`;
  if (one.quote === '') return `.${one.name.replace(/[.[\]\\\s]/g, '\\$&')}`;
  return `[${one.quote}${one.name.replace(/[\\'"]/g, '\\$&')}${one.quote}]`;
}

const isMap = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
const below = (given: unknown): unknown[] => (Array.isArray(given) ? given : isMap(given) ? Object.values(given) : []);

/** What one step finds, in the plainest words. */
function found(one: Step, given: unknown): unknown[] {
  switch (one.type) {
    case 'member':
      return isMap(given) && Object.hasOwn(given, one.name) ? [given[one.name]] : [];
    case 'item': {
      if (!Array.isArray(given)) return [];
      const at = one.index < 0 ? given.length + one.index : one.index;
      return at >= 0 && at < given.length ? [given[at]] : [];
    }
    case 'all':
      return below(given);
    case 'filter':
      return below(given).filter(
        (item) => isMap(item) && Object.hasOwn(item, one.name) && compares(item[one.name], one),
      );
  }
}

function compares(left: unknown, { operator, value: right }: Extract<Step, { type: 'filter' }>): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  const isComparable =
    (typeof left === 'string' && typeof right === 'string') || (typeof left === 'number' && typeof right === 'number');
  if (!isComparable) return false;
  if (left === right) return operator.endsWith('=');
  return left < right === operator.startsWith('<');
}

describe('JSON paths', () => {
  it('find what their steps find, one after the other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), fc.boolean(), value, (steps, isBraced, given) => {
        const text = steps.map(written).join('');
        const path = compileJsonPath(isBraced ? `{${text}}` : text);
        const expected = steps.reduce<unknown[]>((all, one) => all.flatMap((item) => found(one, item)), [given]);
        expect([text, path(given)]).toEqual([text, expected]);
      }),
      { numRuns: 1000 },
    );
  });

  it('never find what no object holds as its own', () => {
    for (const text of ['.constructor', "['__proto__']", '.a.toString', '[0].length', '.length'])
      expect([text, compileJsonPath(text)({ a: 'x' }), compileJsonPath(text)([[1]])]).toEqual([text, [], []]);
  });
});
