import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** Media types of the four kinds of patches. */
export const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** One request of a story, as its file has it. `{name}` stands for a value that an earlier answer left. */
export interface Line {
  /** What is asked, in words: unique within its story. */
  readonly name: string;
  /** Method and target: `GET /api/v1/namespaces/{ns}/configmaps?limit=1`. */
  readonly send: string;
  /** Who asks: `alice/group,group`, `nobody` for no certificate. An administrator when absent. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Kind of a patch: sets the Content-Type. */
  readonly patch?: keyof typeof patchTypes;
  /** Text is sent as it is, all else as JSON. */
  readonly body?: unknown;
  /** What to remember of the answer: name → path of a member, with dots. */
  readonly keep?: Readonly<Record<string, string>>;
  /** For a watch: how many events to read before the stream is let go. */
  readonly events?: number;
  /** Only this part of the answer is compared: members and, in lists, `member=value`. */
  readonly pick?: readonly string[];
  /** Asked again, for some seconds, until the answer has this status. */
  readonly until?: number;
}

/** Requests that build on each other, with a namespace of their own. */
export interface Story {
  /** Name of its file, without the ending. */
  readonly name: string;
  readonly about: string;
  /** Requests that must succeed and are not compared. */
  readonly given: readonly Line[];
  readonly lines: readonly Line[];
}

/** A story as its file has it. */
interface StoryFile {
  readonly about?: string;
  /** Files of `given/` whose requests come first. */
  readonly uses?: readonly string[];
  readonly given?: readonly Line[];
  readonly lines?: readonly Line[];
}

const folder = join(import.meta.dirname, 'cases');

/** All stories, by name. */
export function stories(): readonly Story[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => storyOf(file));
}

function storyOf(file: string): Story {
  const { about = '', uses = [], given = [], lines = [] } = read<StoryFile>(join(folder, file));
  const used = uses.flatMap((name) => read<readonly Line[]>(join(folder, '../given', `${name}.yaml`)));
  const names = new Set(lines.map(({ name }) => name));
  if (names.size !== lines.length) throw new Error(`${file}: two requests have one name`);
  return { name: file.replace(/\.yaml$/, ''), about, given: [...used, ...given], lines };
}

function read<T>(path: string): T {
  return load(readFileSync(path, 'utf8')) as T;
}
