import { integerBelow, type Random } from '@keelson/std';

const nasty = [
  '\u0000',
  '\\',
  '"',
  "'",
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '.',
  '/',
  '~',
  '$',
  '@',
  '!',
  '=',
  '-',
  '9',
];
const nastier = ['\ud800', '\uffff', '😀', '__proto__', 'constructor', '[*]', '((', '1e999', '%', '\n', ' ', '..'];

/** A text that is like a good one and mostly none. */
export function spoiled(text: string, random: Random): string {
  let result = text;
  for (let n = 1 + integerBelow(random, 4); n > 0; n -= 1) {
    const at = integerBelow(random, result.length + 1);
    const length = integerBelow(random, 8);
    const alphabet = integerBelow(random, 4) === 0 ? nastier : nasty;
    const extra = (alphabet[integerBelow(random, alphabet.length)] ?? '').repeat(1 + integerBelow(random, 3));
    const part = result.slice(at, at + length);
    const choice = integerBelow(random, 5);
    if (choice === 0) result = result.slice(0, at) + result.slice(at + length);
    else if (choice === 1) result = result.slice(0, at) + part.repeat(integerBelow(random, 20)) + result.slice(at);
    else if (choice === 2) result = result.slice(0, at);
    else result = result.slice(0, at) + extra + result.slice(at);
  }
  return result;
}
