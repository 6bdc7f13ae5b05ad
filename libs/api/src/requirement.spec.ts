import { describe, expect, test } from '@jest/globals';
import { fulfils } from './requirement.js';

const ask = (operator: string, values: string[], value: string | undefined) =>
  fulfils({ key: 'rack', operator, values }, value);

describe('a requirement', () => {
  test.each([
    ['In', ['a', 'b'], { a: true, c: false, none: false }],
    ['in', ['a'], { a: true, c: false, none: false }],
    ['NotIn', ['a', 'b'], { a: false, c: true, none: true }],
    ['notin', ['a'], { a: false, c: true, none: true }],
    ['Exists', [], { a: true, c: true, none: false }],
    ['exists', [], { a: true, c: true, none: false }],
    ['DoesNotExist', [], { a: false, c: false, none: true }],
    ['!', [], { a: false, c: false, none: true }],
    ['Near', ['a'], { a: false, c: false, none: false }],
  ])('%s %j', (operator, values, { a, c, none }) => {
    expect([ask(operator, values, 'a'), ask(operator, values, 'c'), ask(operator, values, undefined)]).toEqual([
      a,
      c,
      none,
    ]);
  });

  test('numbers are compared as numbers', () => {
    expect([ask('Gt', ['9'], '10'), ask('Gt', ['10'], '9'), ask('Lt', ['10'], '9'), ask('Gt', ['9'], 'many')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([ask('Gt', ['0'], undefined), ask('Lt', ['9'], undefined)]).toEqual([false, false]);
  });
});
