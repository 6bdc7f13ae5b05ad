import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';

/** A kubectl of this machine. */
export interface KubectlBinary {
  /** `1.33`. */
  readonly version: string;
  readonly path: string;
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that goes on. */
export interface Running {
  /** Gives what was written to both outputs once it fits; throws when the command ended before it did. */
  said(pattern: RegExp): Promise<string>;
  end(): Promise<void>;
}

/** Runs kubectl against one server. */
export interface Kubectl {
  /** Gives what was written to standard output; throws when the command fails. `input` goes to its standard input. */
  (command: string, input?: string | object): Promise<string>;
  /** Gives how the command ended, whatever it was. */
  attempt(command: string, input?: string | object): Promise<Ended>;
  /** Starts a command that goes on until it is ended. */
  started(command: string): Running;
  /** Writes a file into the server's directory, or a folder of it, and gives its path. */
  file(name: string, content: string | object, mode?: number): string;
}

/** The kubectl of each wanted minor version, beside the kubectl of the PATH; undefined where there is none. */
export function findKubectl(
  versions: readonly string[],
): readonly { readonly version: string; readonly path: string | undefined }[] {
  const path = findOnPath();
  if (path === undefined) return versions.map((version) => ({ version, path: undefined }));
  const own = versionOf(path);
  return versions.map((version) => {
    const beside = join(dirname(path), `kubectl.${version}`);
    return { version, path: existsSync(beside) ? beside : own === version ? path : undefined };
  });
}

function findOnPath(): string | undefined {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((directory) => join(directory, 'kubectl'))
    .find((path) => existsSync(path));
  return found === undefined ? undefined : realpathSync(found);
}

function versionOf(path: string): string {
  const said = execFileSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8', timeout: 20_000 });
  return /"gitVersion":\s*"v(\d+\.\d+)/.exec(said)?.[1] ?? '';
}

/** Only for a command that hangs: a machine may be busy. */
const timeoutMs = 90_000;

/** What kubectl edit calls: it turns `before` into `after`. */
const editor = '#!/bin/sh\nsed -i "s/before/after/" "$1"\n';

/** `environment` is added to that of this process. */
export function kubectl(
  path: string,
  server: Pick<ServedEngine, 'kubeconfig' | 'directory'>,
  namespace: string,
  environment: Readonly<Record<string, string>> = {},
): Kubectl {
  const fileOf = (name: string, content: string | object, mode = 0o600): string => {
    const file = join(server.directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, asText(content), { mode });
    return file;
  };
  const env = {
    ...process.env,
    HOME: server.directory,
    KUBECTL_KUBERC: 'false',
    // A command is over before its garbage matters: a sixth less of its CPU.
    GOGC: '800',
    EDITOR: fileOf('editor', editor, 0o700),
    ...environment,
  };
  const cache = join(server.directory, 'cache');
  const always = ['--kubeconfig', server.kubeconfig, '--cache-dir', cache, '--namespace', namespace];
  const begin = (command: string, done: (ended: Ended) => void): ChildProcess =>
    execFile(
      path,
      [...always, '--request-timeout', '60s', ...words(command)],
      { encoding: 'utf8', timeout: timeoutMs, env, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) =>
        done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, out, err }),
    );
  const attempt = (command: string, input?: string | object): Promise<Ended> =>
    new Promise((resolve) => begin(command, resolve).stdin?.end(input === undefined ? '' : asText(input)));
  const run = async (command: string, input?: string | object): Promise<string> => {
    const { code, out, err } = await attempt(command, input);
    if (code !== 0) throw new Error(`kubectl ${command} ended with ${code}: ${err}${out}`);
    return out;
  };
  return Object.assign(run, { attempt, started: (command: string) => running(begin, command), file: fileOf });
}

function running(begin: (command: string, done: (ended: Ended) => void) => ChildProcess, command: string): Running {
  let text = '';
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of waiting) one();
  };
  let done: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  const child = begin(command, () => {
    hasEnded = true;
    look();
    done();
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: string) => {
      text += chunk;
      look();
    });
  return {
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const one = (): void => {
          const isThere = pattern.test(text);
          if (!isThere && !hasEnded) return;
          waiting.delete(one);
          if (isThere) resolve(text);
          else reject(new Error(`kubectl ${command} ended without ${String(pattern)}: ${text}`));
        };
        waiting.add(one);
        one();
      }),
    async end() {
      child.kill();
      await ended;
    },
  };
}

function asText(content: string | object): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** Words as a shell would split them, with single quotes only. */
function words(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
