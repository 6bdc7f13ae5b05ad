import type { Environment } from '@marcbachmann/cel-js';
import { matchesPattern } from '../schema/pattern.js';
import { matchesOf } from '../schema/spans.js';

/** Stands for the name before the dot in `strings.quote(…)`. */
class StringsNamespace {}

/**
 * What the evaluator lacks of the strings library (github.com/google/cel-go/ext/strings.go, version 2), and Kubernetes'
 * regex library.
 */
export function addStrings(env: Environment): void {
  env.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    replaceSome(text, from, to, -1n),
  );
  env.registerFunction('string.replace(string, string, int): string', replaceSome);
  env.registerFunction('string.charAt(int): string', (text: string, at: bigint) => text.charAt(Number(at)));
  env.registerFunction('string.format(list<dyn>): string', formatted);
  env.registerFunction('string.find(string): string', (text: string, pattern: string) =>
    matchesPattern(pattern, text) ? (matchesOf(pattern, text, 1)[0] ?? '') : '',
  );
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    matchesOf(pattern, text, -1),
  );
  env.registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, most: bigint) =>
    matchesOf(pattern, text, Number(most)),
  );
  env.registerType('StringsNamespace', { ctor: StringsNamespace, fields: {} });
  env.registerConstant('strings', 'StringsNamespace', new StringsNamespace());
  env.registerFunction('StringsNamespace.quote(string): string', (_: StringsNamespace, text: string) => quoted(text));
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quoted(text: string): string {
  const wellFormed = text.replace(/\p{Surrogate}/gu, '\uFFFD');
  return `"${Array.from(wellFormed, (character) => escapes[character] ?? character).join('')}"`;
}

/** Texts that replacements make may not grow without end. */
const longest = 10_000_000;

function replaceSome(text: string, from: string, to: string, most: bigint): string {
  let left = most < 0n ? text.length + 1 : Number(most);
  let length = text.length;
  return text.replaceAll(from, (found) => {
    if (left <= 0) return found;
    left -= 1;
    length += to.length - found.length;
    if (length > longest) throw new Error('the text becomes too long');
    return to;
  });
}

/** The verbs of `format`: %s %d %f %e %x %X %o %b %%, with a precision. */
function formatted(text: string, values: readonly unknown[]): string {
  let next = 0;
  const result = text.replace(/%(?:\.(\d+))?([a-zA-Z%])/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    const value = values[next];
    next += 1;
    return shownAs(verb, value, precision === undefined ? 6 : Number(precision));
  });
  return result;
}

function shownAs(verb: string, value: unknown, precision: number): string {
  const isNumber = typeof value === 'bigint' || typeof value === 'number';
  switch (verb) {
    case 's':
      return textOf(value);
    case 'd':
      if (typeof value === 'bigint') return value.toString();
      break;
    case 'f':
      if (isNumber) return Number(value).toFixed(precision);
      break;
    case 'e':
      if (isNumber)
        return Number(value)
          .toExponential(precision)
          .replace(/e([+-])(\d)$/, 'e$10$2');
      break;
    case 'x':
    case 'X': {
      const hex = typeof value === 'string' ? Buffer.from(value, 'utf8').toString('hex') : undefined;
      const shown = typeof value === 'bigint' ? value.toString(16) : hex;
      if (shown !== undefined) return verb === 'X' ? shown.toUpperCase() : shown;
      break;
    }
    case 'o':
      if (typeof value === 'bigint') return value.toString(8);
      break;
    case 'b':
      if (typeof value === 'bigint') return value.toString(2);
      if (typeof value === 'boolean') return value ? '1' : '0';
      break;
    default:
      throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
  throw new Error(`error during formatting: %${verb} cannot show ${textOf(value)}`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value !== 'object') return typeof value;
  if (Object.getPrototypeOf(value) === Object.prototype)
    return `{${Object.entries(value)
      .map(([key, member]) => `${key}: ${textOf(member)}`)
      .sort()
      .join(', ')}}`;
  throw new Error('error during formatting: %s cannot show a value of this type');
}
