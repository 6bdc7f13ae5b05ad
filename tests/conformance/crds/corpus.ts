import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

export type Json = Record<string, unknown>;

/** Definitions to the shape of one project's, and objects of their kinds. */
export interface Family {
  readonly definitions: readonly Json[];
  readonly cases: readonly Case[];
}

/** An object, or a change of one, and what a server makes of it. Without `refused` it is accepted. */
export interface Case {
  readonly name: string;
  /** What is created. */
  readonly object?: Json;
  /** The object that `change` changes before it is created, or `update` once it is there. */
  readonly of?: Json;
  /** Merged into `of` before that is created. */
  readonly change?: Json;
  /** Merged into `of` after that was created: by the server, which knows what was there before. */
  readonly update?: Json;
  readonly part?: 'status' | 'scale';
  /** Causes, as `field: message`. */
  readonly refused?: readonly string[];
  /** What is there afterwards, as far as it is named. */
  readonly stored?: Json;
  /** Paths that are not there afterwards. */
  readonly lacks?: readonly string[];
}

/** A definition that no server takes: `of` with a change. */
export interface Refusal {
  readonly name: string;
  readonly change?: Json;
  /** Schema of `spec` in the only version. */
  readonly spec?: Json;
  /** Merged into the only version. */
  readonly version?: Json;
  readonly refused: readonly string[];
}

export interface Refusals {
  readonly definition: Json;
  readonly cases: readonly Refusal[];
}

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const read = (path: string): unknown => load(readFileSync(path, 'utf8'));

/** All families, by the name of their file. */
export function families(): readonly (readonly [string, Family])[] {
  const folder = place('./corpus/');
  return readdirSync(folder).map((file) => [file.replace('.yaml', ''), read(`${folder}${file}`) as Family] as const);
}

/** All definitions that are refused, by the name of their file. */
export function refusals(): readonly (readonly [string, Refusals])[] {
  const folder = place('./refused/');
  return readdirSync(folder).map((file) => [file.replace('.yaml', ''), read(`${folder}${file}`) as Refusals] as const);
}

/** RFC 7386: null takes away. */
export function merged(target: unknown, change: unknown): unknown {
  if (!isJson(change)) return change;
  const result: Json = isJson(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member at a path such as `spec.issuerRef.name` or `items.0.name`. */
export function memberAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (isJson(at) || Array.isArray(at) ? (at as Json)[name] : undefined), value);
}
