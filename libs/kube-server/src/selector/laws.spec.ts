import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldTest, parseFieldSelector } from './field-selector.js';
import { fromLabelSelectorObject, matchesLabels, parseLabelSelector, type Requirement } from './label-selector.js';

const key = fc.constantFrom('a', 'app.kubernetes.io/name', 'x-1', 'in', 'notin');
const word = fc.constantFrom('', 'a', 'b', 'in', 'v1.2_3', '7');
const labels = fc.dictionary(key, word);
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('in' as const, 'notin' as const),
    values: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('exists' as const, 'absent' as const), values: fc.constant([]) }),
  fc.record({
    key,
    operator: fc.constantFrom('gt' as const, 'lt' as const),
    values: fc.integer({ min: -9, max: 9 }).map((n) => [String(n)]),
  }),
);
/** White space, and which of several ways to write the same is taken. */
const style = fc.record({ space: fc.constantFrom('', ' ', '  ', '\t'), isShort: fc.boolean() });

/** What k8s.io/apimachinery/pkg/labels says of one requirement, in the plainest words. */
function holds({ key: name, operator, values }: Requirement, all: Readonly<Record<string, string>>): boolean {
  const value = all[name];
  if (value === undefined) return operator === 'notin' || operator === 'absent';
  switch (operator) {
    case 'exists':
      return true;
    case 'absent':
      return false;
    case 'in':
      return values.includes(value);
    case 'notin':
      return !values.includes(value);
    default: {
      const [left, right] = [Number.parseInt(value, 10), Number(values[0])];
      if (Number.isNaN(left) || String(left) !== value) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

function written(
  { key: name, operator, values }: Requirement,
  { space, isShort }: { space: string; isShort: boolean },
): string {
  const one = values.length === 1 && isShort;
  switch (operator) {
    case 'exists':
      return name;
    case 'absent':
      return `!${space}${name}`;
    case 'gt':
      return `${name}${space}>${space}${values[0] ?? ''}`;
    case 'lt':
      return `${name}${space}<${space}${values[0] ?? ''}`;
    default: {
      const sign = operator === 'in' ? (space === '' ? '=' : '==') : '!=';
      if (one) return `${name}${space}${sign}${space}${values[0] ?? ''}`;
      return `${name} ${operator}${space}(${values.join(`,${space}`)})`;
    }
  }
}

/** A word of a selector that is a keyword where an operator may stand. */
const isAmbiguous = ({ key: name }: Requirement): boolean => name === 'in' || name === 'notin';

describe('label selectors', () => {
  const some = fc.array(fc.tuple(requirement, style), { maxLength: 4 });

  it('select what their requirements say, however they are written', () => {
    fc.assert(
      fc.property(some, labels, (parts, all) => {
        const plain = parts.filter(([one]) => !isAmbiguous(one));
        const text = plain.map(([one, how]) => written(one, how)).join(',');
        const selector = parseLabelSelector(text);
        expect([text, matchesLabels(selector, all)]).toEqual([text, plain.every(([one]) => holds(one, all))]);
      }),
      { numRuns: 500 },
    );
  });

  it('of objects select as those of texts', () => {
    const names = { in: 'In', notin: 'NotIn', exists: 'Exists', absent: 'DoesNotExist' } as const;
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 3 }), labels, (parts, all) => {
        const expressions = parts.flatMap(({ key: name, operator, values }) =>
          operator === 'gt' || operator === 'lt' ? [] : [{ key: name, operator: names[operator], values }],
        );
        const selector = fromLabelSelectorObject({ matchExpressions: expressions });
        const kept = parts.filter(({ operator }) => operator !== 'gt' && operator !== 'lt');
        expect(matchesLabels(selector ?? [], all)).toBe(kept.every((one) => holds(one, all)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('field selectors', () => {
  const value = fc.string({ unit: fc.constantFrom('a', 'b', ',', '=', '\\', '!', '/', ' '), maxLength: 6 });
  const escaped = (text: string): string => text.replace(/[\\,=]/g, '\\$&');

  it('bring any value over, escaped', () => {
    const term = fc.record({ operator: fc.constantFrom('=', '==', '!='), value, actual: value });
    fc.assert(
      fc.property(fc.array(term, { maxLength: 3 }), (terms) => {
        const text = terms.map(({ operator, value: wanted }, i) => `f${i}${operator}${escaped(wanted)}`).join(',');
        const fields = Object.fromEntries(terms.map(({ actual }, i) => [`f${i}`, () => actual]));
        const test = fieldTest(parseFieldSelector(text), { selectableFields: fields, namespaced: true, custom: false });
        const metadata = { name: 'x', uid: 'x', resourceVersion: '1', creationTimestamp: '' };
        expect([text, test({ apiVersion: 'v1', kind: 'X', metadata })]).toEqual([
          text,
          terms.every(({ operator, value: wanted, actual }) => (wanted === actual) === (operator !== '!=')),
        ]);
      }),
      { numRuns: 500 },
    );
  });
});
