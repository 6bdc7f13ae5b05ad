import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '@keelson/std';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * An installation of its own: home folder, ports and loopback networks beside those of a person who has `./keelson up`
 * running in the same checkout.
 */
export class Installation {
  readonly home: string;
  readonly example: string;
  readonly #portBase: number;
  readonly #scratch: string;
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param index which of several installations on this machine: decides ports and networks
   * @param environment what `./keelson` has in its environment beside
   */
  constructor(index: number, environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    this.#scratch = mkdtempSync(join(tmpdir(), 'keelson-e2e-'));
    this.home = join(this.#scratch, 'home');
    this.example = join(this.#scratch, 'first-cluster');
    this.#portBase = 26_000 + 20 * index;
    mkdirSync(this.home);
    // PostgreSQL runs as a user of its own when we are root and must be able to walk here.
    for (const folder of [this.#scratch, this.home]) chmodTraversable(folder);
    cpSync(join(root, 'examples', 'first-cluster'), this.example, { recursive: true });
    this.#moveExample(60 + index);
  }

  /** `host:port` of the lab's Redfish service. */
  get redfish(): string {
    return `127.0.0.1:${this.#portBase + 3}`;
  }

  /** URL of baremetal-svc. */
  get baremetal(): string {
    return `https://127.0.0.1:${this.#portBase + 5}`;
  }

  /** `./keelson <args>` for this installation. */
  keelson(...args: string[]): Promise<Ran> {
    return run(join(root, 'keelson'), args, {
      KEELSON_HOME: this.home,
      KEELSON_PORT_BASE: String(this.#portBase),
      NO_COLOR: '1',
      ...this.#environment,
    });
  }

  /** Stock kubectl against the management API, or against another kubeconfig. */
  kubectl(args: readonly string[], kubeconfig = join(this.home, 'kubeconfig'), input?: string): Promise<Ran> {
    return run(
      'kubectl',
      args,
      { KUBECONFIG: kubeconfig, HOME: this.#scratch, KUBECACHEDIR: join(this.#scratch, 'cache') },
      input,
    );
  }

  /** kubectl, of which success is expected; gives what it printed. */
  async must(...args: string[]): Promise<string> {
    const ran = await this.kubectl(args);
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${ran.code}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** `kubectl apply` of objects. */
  async apply(...items: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const ran = await this.kubectl(['apply', '-f', '-'], undefined, list);
    if (ran.code !== 0) throw new Error(`kubectl apply exited ${ran.code}: ${ran.stderr}`);
  }

  /** A JSON answer of kubectl. */
  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.must(...args, '-o', 'json')) as T;
  }

  /** Pids of the parts now running, by name; the supervisor is among them. */
  processes(): Map<string, number> {
    const state = JSON.parse(readFileSync(join(this.home, 'run', 'state.json'), 'utf8')) as RunState;
    const parts = state.components.flatMap((part): [string, number][] =>
      part.process === undefined ? [] : [[part.name, part.process.pid]],
    );
    return new Map([['supervisor', state.supervisor.pid], ...parts]);
  }

  /** The example of a cloud, as it is in the repository. */
  get cloudExample(): string {
    return join(root, 'examples', 'first-cloud', 'openstackdeployment.yaml');
  }

  /** A file with the kubeconfig of a cluster, from its Secret. */
  async clusterKubeconfig(namespace: string, cluster: string): Promise<string> {
    const encoded = await this.must(
      '-n',
      namespace,
      'get',
      'secret',
      `${cluster}-kubeconfig`,
      '-o',
      'jsonpath={.data.value}',
    );
    const path = join(this.#scratch, `${cluster}.kubeconfig`);
    writeFileSync(path, Buffer.from(encoded, 'base64'), { mode: 0o600 });
    return path;
  }

  /** The last lines of every log, for a failure's report. */
  logs(lines = 25): string {
    const folder = join(this.home, 'logs');
    return readdirSync(folder)
      .map((name) => `--- ${name}\n${readFileSync(join(folder, name), 'utf8').split('\n').slice(-lines).join('\n')}`)
      .join('\n');
  }

  /** Stops everything and removes every file. */
  async remove(): Promise<Ran> {
    const ended = await this.keelson('down');
    rmSync(this.#scratch, { recursive: true, force: true });
    return ended;
  }

  /** The example speaks of the default Redfish port and of 127.20.0.0/16; ours are other ones. */
  #moveExample(network: number): void {
    for (const name of readdirSync(this.example).filter((file) => file.endsWith('.yaml'))) {
      const path = join(this.example, name);
      const text = readFileSync(path, 'utf8')
        .replaceAll('127.0.0.1:8443', `127.0.0.1:${this.#portBase + 3}`)
        .replaceAll('127.20.', `127.${network}.`);
      writeFileSync(path, text);
    }
  }
}

interface RunState {
  supervisor: { pid: number };
  components: { name: string; process?: { pid: number } }[];
}

/**
 * Asks again until the answer satisfies, at most `seconds`.
 *
 * @throws Error with the last answer when time is up
 */
export async function eventually<A>(
  what: string,
  seconds: number,
  ask: () => Promise<A>,
  satisfies: (answer: A) => boolean,
): Promise<A> {
  const deadline = systemClock.now() + seconds * 1000;
  let last: unknown;
  while (systemClock.now() < deadline) {
    try {
      const answer = await ask();
      if (satisfies(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    await sleep(systemClock, 500);
  }
  throw new Error(
    `${what}: not within ${seconds} s; last: ${typeof last === 'string' ? last : JSON.stringify(last, null, 1)}`,
  );
}

function run(command: string, args: readonly string[], env: Record<string, string>, input?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

function chmodTraversable(folder: string): void {
  // 0711: others may pass through, not look.
  chmodSync(folder, 0o711);
}
