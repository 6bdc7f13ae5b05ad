import { Duration } from '@marcbachmann/cel-js/evaluator';
import { isObject, memberSchema, type StructuralSchema } from '../schema/schema.js';

/** Words CEL keeps for itself: members of these names are written `__name__` in rules. */
const reserved: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** The name of a member in rules; undefined when rules cannot name it. (k8s.io/apiserver, cel.Escape) */
export function escapedName(name: string): string | undefined {
  let escaped = escapedNames.get(name);
  if (escaped === undefined && !escapedNames.has(name)) {
    escaped = escape(name);
    escapedNames.set(name, escaped);
  }
  return escaped;
}

/** Only names that schemas declare come here, so there are not many. */
const escapedNames = new Map<string, string | undefined>();

function escape(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_]/.test(name)) return undefined;
  const escaped = name
    .replace(/__/g, '__underscores__')
    .replace(/\./g, '__dot__')
    .replace(/-/g, '__dash__')
    .replace(/\//g, '__slash__');
  return /^[A-Za-z0-9_]+$/.test(escaped) ? escaped : undefined;
}

const known = new WeakMap<StructuralSchema, WeakMap<object, unknown>>();

/**
 * A value as rules see it: whole numbers are integers where the schema says so (BigInt), members have their escaped names.
 * Stored values are frozen, so what was converted once is remembered.
 */
export function celValue(schema: StructuralSchema | undefined, value: unknown): unknown {
  if (typeof value === 'number') return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (typeof value === 'string') return schema?.format === undefined ? value : formattedValue(schema.format, value);
  if (typeof value !== 'object' || value === null) return value;
  if (schema === undefined || !Object.isFrozen(value)) return converted(schema, value);
  let values = known.get(schema);
  if (values === undefined) {
    values = new WeakMap();
    known.set(schema, values);
  }
  let result = values.get(value);
  if (result === undefined) {
    result = converted(schema, value);
    values.set(value, result);
  }
  return result;
}

/** Texts of some formats are times, spans and bytes to rules. A text that is not of its format stays one. */
function formattedValue(format: string, text: string): unknown {
  switch (format) {
    case 'date':
    case 'date-time': {
      const time = new Date(text);
      return Number.isNaN(time.getTime()) ? text : time;
    }
    case 'duration':
      return durationOf(text) ?? text;
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

const nanosOf: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};

function durationOf(text: string): Duration | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined;
  const nanos = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (nanosOf[unit] ?? 0), 0);
  return Duration.fromMilliseconds(nanos / 1e6);
}

/** As `celValue`, of an object only those members that a rule names. */
export function celMembers(schema: StructuralSchema, value: unknown, names: ReadonlySet<string>): unknown {
  return isObject(value) ? convertedMembers(schema, value, names) : celValue(schema, value);
}

function converted(schema: StructuralSchema | undefined, value: object): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(schema?.items, item));
  return isObject(value) ? convertedMembers(schema, value, undefined) : value;
}

function convertedMembers(
  schema: StructuralSchema | undefined,
  value: Record<string, unknown>,
  names: ReadonlySet<string> | undefined,
): unknown {
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined || (names !== undefined && !names.has(name))) continue;
    const key = schema?.properties?.[name] === undefined ? name : escapedName(name);
    if (key !== undefined) members[key] = celValue(memberSchema(schema, name), member);
  }
  return members;
}

/** Of an object's root, rules see apiVersion, kind, metadata.name and metadata.generateName besides what is described. */
export function rootView(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { name, generateName } = isObject(value.metadata) ? value.metadata : {};
  const metadata = { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) };
  return { ...value, metadata };
}
