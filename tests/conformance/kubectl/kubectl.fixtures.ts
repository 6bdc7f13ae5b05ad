import { execFile, execFileSync } from 'node:child_process';
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
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

/** Runs kubectl against one server. */
export interface Kubectl {
  /** Gives what was written to standard output; throws when the command fails. `input` goes to its standard input. */
  (command: string, input?: string | object): Promise<string>;
  /** Gives how the command ended, whatever it was. */
  attempt(command: string, input?: string | object): Promise<Ended>;
  /** Starts a command that goes on, and waits until it has written what is looked for. */
  started(command: string, until: RegExp): Promise<{ readonly ended: Promise<Ended> }>;
  /** Writes a file into the server's directory and gives its path. */
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

const timeoutMs = 20_000;

/** `environment` is added to that of this process. */
export function kubectl(
  path: string,
  server: Pick<ServedEngine, 'kubeconfig' | 'directory'>,
  namespace: string,
  environment: Readonly<Record<string, string>> = {},
): Kubectl {
  const begin = (command: string, input?: string | object, onOutput?: (text: string) => void): Promise<Ended> =>
    new Promise((resolve) => {
      const args = [
        '--kubeconfig',
        server.kubeconfig,
        '--cache-dir',
        join(server.directory, 'cache'),
        '--namespace',
        namespace,
        '--request-timeout',
        '15s',
        ...words(command),
      ];
      const env = {
        ...process.env,
        HOME: server.directory,
        KUBECTL_KUBERC: 'false',
        EDITOR: join(server.directory, 'editor'),
        ...environment,
      };
      const child = execFile(
        path,
        args,
        { encoding: 'utf8', timeout: timeoutMs, env, maxBuffer: 64 * 1024 * 1024 },
        (error, out, err) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
          resolve({ code, out, err });
        },
      );
      if (onOutput !== undefined) child.stdout?.on('data', onOutput);
      child.stdin?.end(input === undefined ? '' : asText(input));
    });
  const attempt = (command: string, input?: string | object): Promise<Ended> => begin(command, input);
  const run = async (command: string, input?: string | object): Promise<string> => {
    const { code, out, err } = await attempt(command, input);
    if (code !== 0) throw new Error(`kubectl ${command} ended with ${code}: ${err}${out}`);
    return out;
  };
  return Object.assign(run, {
    attempt,
    async started(command: string, until: RegExp) {
      let out = '';
      let ended: Promise<Ended> | undefined;
      await new Promise<void>((resolve) => {
        ended = begin(command, undefined, (text) => {
          out += text;
          if (until.test(out)) resolve();
        });
        void ended.then(() => resolve());
      });
      return { ended: ended ?? Promise.reject(new Error('never started')) };
    },
    file(name: string, content: string | object, mode = 0o600): string {
      const file = join(server.directory, name);
      writeFileSync(file, asText(content), { mode });
      return file;
    },
  });
}

function asText(content: string | object): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** Words as a shell would split them, with single quotes only. */
function words(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
