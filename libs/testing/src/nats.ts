import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { terminal } from '@keelson/std';
import { diesWithUs, ended, freePort, serving } from './child.js';

/** A nats-server of one test suite, with JetStream, on loopback. */
export interface ThrowawayNats {
  /** `127.0.0.1:<port>`. */
  readonly server: string;
  readonly port: number;
  /** Ends the server and starts it again on the same port with its streams. `SIGKILL` is a crash. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  halt(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its streams. */
  stop(): Promise<void>;
}

export interface NatsOptions {
  /** The text of the configuration file; open to all unless given. */
  readonly config?: (where: { readonly port: number; readonly storeDir: string }) => string;
}

/** What this machine lacks to run a throwaway nats-server; undefined when it can. */
export function lackOfNats(): string | undefined {
  return findNatsServer() === undefined
    ? 'nats-server is neither on PATH nor below $KEELSON_TOOLS or .keelson/tools; install it or run ./keelson test, which fetches it'
    : undefined;
}

/**
 * Starts a nats-server with JetStream on a free loopback port; about 0.2 s.
 *
 * @throws Failure terminal, reason `Lacks`, when the machine has none
 */
export async function startNats(options: NatsOptions = {}): Promise<ThrowawayNats> {
  const binary = findNatsServer();
  if (binary === undefined) throw terminal(lackOfNats() ?? 'nats-server is missing', { reason: 'Lacks' });
  const home = mkdtempSync(join(tmpdir(), 'keelson-nats-'));
  const port = await freePort();
  const file = join(home, 'nats.conf');
  writeFileSync(file, (options.config ?? openConfig)({ port, storeDir: join(home, 'jetstream') }), { mode: 0o600 });
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    diesWithUs(child);
    await serving(child, 'nats-server', 'Server is ready', 15_000);
  };
  const halt = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child !== undefined) await ended(child, signal);
  };
  await start();
  return {
    server: `127.0.0.1:${port}`,
    port,
    start,
    halt,
    restart: async (signal) => {
      await halt(signal);
      await start();
    },
    stop: async () => {
      await halt();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function openConfig({ port, storeDir }: { readonly port: number; readonly storeDir: string }): string {
  return `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${JSON.stringify(storeDir)} }\n`;
}

/** `$KEELSON_NATS_SERVER`, PATH, the system's folders, then what was fetched into the tools folder. */
function findNatsServer(): string | undefined {
  const named = process.env.KEELSON_NATS_SERVER;
  if (named !== undefined && named !== '' && existsSync(named)) return named;
  const onPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, 'nats-server'))
    .find(existsSync);
  return onPath ?? below(process.env.KEELSON_TOOLS ?? join(process.cwd(), '.keelson', 'tools'));
}

function below(tools: string): string | undefined {
  if (!existsSync(tools)) return undefined;
  const found = readdirSync(tools, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && entry.name === 'nats-server',
  );
  return found === undefined ? undefined : join(found.parentPath, found.name);
}
