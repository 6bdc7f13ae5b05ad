import { describe, expect, test } from '@jest/globals';
import { iniOfValues, iniText, mergeIni, repeated } from './ini.js';

describe('INI files', () => {
  test('DEFAULT is first, lists are one line, repeated options several, and what is undefined is left out', () => {
    const text = iniText({
      b: { list: ['x', 1], gone: undefined, many: repeated('p', 'q') },
      empty: { nothing: undefined },
      DEFAULT: { flag: true, text: 'one\ntwo' },
    });
    expect(text).toBe('[DEFAULT]\nflag = true\ntext = one\n  two\n\n[b]\nlist = x,1\nmany = p\nmany = q\n');
  });

  test('later parts win option by option, and null takes an option away', () => {
    const merged = mergeIni({ a: { one: 1, two: 2 } }, iniOfValues({ a: { two: null, three: 3 }, none: 'x' }));
    expect(iniText(merged)).toBe('[a]\none = 1\nthree = 3\n');
  });
});
