import { describe, expect, it } from '@jest/globals';
import { parseFieldSelector, requiredName } from './field-selector.js';
import { fromLabelSelectorObject, matchesLabels, parseLabelSelector } from './label-selector.js';

const labels = { app: 'web', tier: 'front', n: '5' };

describe('label selectors', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['app', true],
    ['!app', false],
    ['zz', false],
    ['!zz', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['zz!=web', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['zz notin (db)', true],
    ['app=web,tier=back', false],
    ['app = web , tier in (front)', true],
    ['n>4', true],
    ['n<4', false],
    ['app=', false],
    ['x.io/y', false],
  ])('%j matches: %j', (selector, matches) => {
    expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(matches);
  });

  it.each([['=='], ['app=web,,'], ['app in web'], ['app in (web'], ['app=a=b'], ['-x'], ['app>x']])(
    '%j is refused',
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow();
    },
  );

  it('says of `==` what a real server says', () => {
    expect(() => parseLabelSelector('==')).toThrow("found '==', expected: !, identifier, or 'end of string'");
  });

  it.each<[unknown, boolean | undefined]>([
    [undefined, undefined],
    [{}, true],
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'db' } }, false],
    [
      {
        matchExpressions: [
          { key: 'app', operator: 'In', values: ['web'] },
          { key: 'zz', operator: 'DoesNotExist' },
        ],
      },
      true,
    ],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  ])('as an object: %j', (given, matches) => {
    const selector = fromLabelSelectorObject(given);
    expect(selector === undefined ? undefined : matchesLabels(selector, labels)).toBe(matches);
  });
});

describe('field selectors', () => {
  it('read equal, unequal and escapes, and the one name they demand', () => {
    expect(parseFieldSelector('metadata.name=a,type!=b,reason==c\\,d')).toEqual([
      { field: 'metadata.name', operator: '=', value: 'a' },
      { field: 'type', operator: '!=', value: 'b' },
      { field: 'reason', operator: '=', value: 'c,d' },
    ]);
    expect(requiredName(parseFieldSelector('type=x,metadata.name=a'))).toBe('a');
    expect(requiredName(parseFieldSelector('metadata.name!=a'))).toBeUndefined();
  });
});
