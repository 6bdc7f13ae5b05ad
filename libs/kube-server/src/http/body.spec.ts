import { describe, expect, it } from '@jest/globals';
import { decodeBody, decodePatch, patchTypeOf } from './body.js';

describe('decodeBody', () => {
  it.each([
    ['{"a":1}', undefined, { a: 1 }],
    ['{"a":1}', 'application/json; charset=utf-8', { a: 1 }],
    ['a: 1\nb: 2026-01-01', 'application/yaml', { a: 1, b: '2026-01-01' }],
    ['', 'application/json', undefined],
  ])('reads %j of type %s', (text, type, value) => expect(decodeBody(Buffer.from(text), type)).toEqual(value));

  it('refuses other types and what cannot be read', () => {
    expect(() => decodeBody(Buffer.from('x'), 'text/html')).toThrow('the body of the request was in an unknown format');
    expect(() => decodeBody(Buffer.from('{'), 'application/json')).toThrow('json parse error');
  });

  it('refuses a small document that stands for an endless one', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(',')}]`);
    expect(() => decodeBody(Buffer.from(`l0: &l0 [x]\n${levels.join('\n')}`), 'application/yaml')).toThrow(
      'the document has too many nodes',
    );
  });
});

describe('patches', () => {
  it('knows the types of patches', () => {
    expect(patchTypeOf('application/merge-patch+json', true)).toBe('merge');
    expect(patchTypeOf('application/strategic-merge-patch+json', false)).toBe('strategic');
  });

  it.each([
    [
      'application/strategic-merge-patch+json',
      true,
      'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ],
    [undefined, false, '415: Unsupported Media Type'],
  ])('refuses %s (custom: %s)', (type, custom, named) => expect(() => patchTypeOf(type, custom)).toThrow(named));

  it('reads an apply as YAML', () => expect(decodePatch(Buffer.from('a: [1]'), 'apply')).toEqual({ a: [1] }));
});
