import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Answer } from './replay.js';

/** One place where two answers differ. */
export interface Difference {
  /** `status`, `contentType`, `warnings` or a path into the body. */
  readonly at: string;
  readonly real: unknown;
  readonly ours: unknown;
}

/** A difference that stays, with the reason why. */
export interface Deviation {
  /** Which requests: a regular expression over `story: request`. */
  readonly where: string;
  /** Where in the answer: a regular expression over the paths of differences. */
  readonly at: string;
  readonly reason: string;
}

const folder = import.meta.dirname;

/** The answers of the real server that were recorded for a story. */
export function recorded(story: string): readonly Answer[] {
  return JSON.parse(readFileSync(join(folder, 'answers', `${story}.json`), 'utf8')) as readonly Answer[];
}

/** The reviewed list of what deviates. */
export function deviations(): readonly Deviation[] {
  return (load(readFileSync(join(folder, 'deviations.yaml'), 'utf8')) ?? []) as readonly Deviation[];
}

/** Where our answer differs from that of the real server. */
export function differences(real: Answer, ours: Answer): readonly Difference[] {
  return (['status', 'contentType', 'warnings', 'body'] as const).flatMap((part) => walk(part, real[part], ours[part]));
}

/** Those of the differences that no entry of the list covers. */
export function unexplained(
  found: readonly Difference[],
  story: string,
  name: string,
  list: readonly Deviation[],
): readonly Difference[] {
  return found.filter(({ at }) => !list.some((entry) => covers(entry, story, name, at)));
}

/** Whether an entry of the list is about this place of this answer. */
export function covers(entry: Deviation, story: string, name: string, at: string): boolean {
  return fits(entry.where, `${story}: ${name}`) && fits(entry.at, at);
}

function fits(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}

function walk(at: string, real: unknown, ours: unknown): readonly Difference[] {
  if (Object.is(real, ours)) return [];
  if (!isTree(real) || !isTree(ours) || Array.isArray(real) !== Array.isArray(ours)) return [{ at, real, ours }];
  const keys = new Set([...Object.keys(real), ...Object.keys(ours)]);
  return [...keys].flatMap((key) => walk(`${at}.${key}`, real[key], ours[key]));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
