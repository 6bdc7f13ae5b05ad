import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Http, terminal } from '@keelson/std';
import type { Bundle, Bundles } from '../launch/bundles.js';
import type { AgentProcess, AgentWord, LaunchOptions, StartContext } from '../launch/launch.js';
import type { Updater, WantedAgent } from '../self-update.js';
import { download } from './downloader.js';

export interface RealBundlesOptions {
  /** Where bundles lie and what the launcher remembers, such as `/var/lib/keelson/agent`. */
  readonly folder: string;
  /** The agent that came with the host. */
  readonly installed: { readonly version: string; readonly file: string; readonly args: readonly string[] };
  /** Of the agents' processes. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** What the launcher needs of a real host: a file that is replaced by renaming, and processes. */
export function realBundles(options: RealBundlesOptions): Pick<LaunchOptions, 'read' | 'write' | 'start'> {
  const memory = join(options.folder, 'bundles.json');
  return {
    read: () => remembered(memory, options.installed.version),
    async write(bundles) {
      await mkdir(options.folder, { recursive: true });
      await writeFile(`${memory}.new`, `${JSON.stringify(bundles, null, 2)}\n`, { mode: 0o600, flush: true });
      await rename(`${memory}.new`, memory);
      if (bundles.candidate === undefined) await forget(options.folder, bundles);
    },
    start: (bundle, context) => startProcess(options, bundle, context),
  };
}

/** A file that cannot be read is one that was never written: the agent that came with the host starts again. */
async function remembered(path: string, version: string): Promise<Bundles> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const fresh = { current: { version } };
  if (text === undefined) return fresh;
  try {
    const bundles: unknown = JSON.parse(text);
    return isBundles(bundles) ? bundles : fresh;
  } catch {
    return fresh;
  }
}

function isBundles(value: unknown): value is Bundles {
  const current: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'current') : undefined;
  return typeof current === 'object' && current !== null && typeof Reflect.get(current, 'version') === 'string';
}

/** Bundles that nobody may start any more leave the disk; the one before the current one stays. */
async function forget(folder: string, { current, previous }: Bundles): Promise<void> {
  const kept = new Set([current.sha256, previous?.sha256]);
  const names = await readdir(join(folder, 'bundles')).catch(() => []);
  for (const name of names)
    if (!kept.has(name)) await rm(join(folder, 'bundles', name), { recursive: true, force: true });
}

function startProcess(options: RealBundlesOptions, bundle: Bundle, context: StartContext): AgentProcess {
  const { folder, installed, environment, clock } = options;
  const own = bundle.sha256 === undefined;
  const child = spawn(own ? installed.file : bundleFile(folder, bundle.sha256), own ? [...installed.args] : [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...environment,
      [versionVariable]: bundle.version,
      ...(context.refused === undefined ? {} : { [refusedVariable]: JSON.stringify(context.refused) }),
    },
  });
  child.on('message', (word: unknown) => {
    if (isWord(word)) context.hear(word);
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 0}` : `ended by ${signal}`));
  });
  return { ended, stop: () => stopProcess(child, ended, clock) };
}

/** Asks first, for an item may have to be cut off in order; whatever is left after ten seconds is killed. */
async function stopProcess(child: ChildProcess, ended: Promise<string>, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const killing = clock.schedule(10_000, () => child.kill('SIGKILL'));
  await ended;
  killing.cancel();
}

export function bundleFile(folder: string, sha256: string): string {
  return join(folder, 'bundles', sha256.toLowerCase(), 'lcm-agent');
}

/** By these the launcher tells an agent who it is. */
export const versionVariable = 'KEELSON_AGENT_VERSION';
export const refusedVariable = 'KEELSON_AGENT_REFUSED';

function isWord(value: unknown): value is AgentWord {
  const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
  if (type === 'works') return true;
  const bundle: unknown = type === 'handOver' ? Reflect.get(Object(value), 'bundle') : undefined;
  return typeof bundle === 'object' && bundle !== null && typeof Reflect.get(bundle, 'sha256') === 'string';
}

export interface RealUpdaterOptions {
  readonly http: Http;
  readonly folder: string;
  readonly refused: Updater['refused'];
  /** Sends to the launcher. */
  readonly send: (word: AgentWord) => void;
}

/** How an agent on a real host fetches the next one: by HTTP, known by its digest, whole or not at all. */
export function realUpdater({ http, folder, refused, send }: RealUpdaterOptions): Updater {
  return {
    refused,
    fetch: (wanted, signal) => fetchBundle({ http, folder }, wanted, signal),
    handOver: ({ version, sha256 }) => send({ type: 'handOver', bundle: { version, sha256: sha256.toLowerCase() } }),
    works: () => send({ type: 'works' }),
  };
}

/**
 * Fetches an agent to where bundles lie, unless it is there already.
 *
 * @throws Failure terminal, reason `AgentNotFetched`, when it cannot be had or has another digest
 */
export async function fetchBundle(
  { http, folder }: Pick<RealUpdaterOptions, 'http' | 'folder'>,
  { version, downloadURL, sha256 }: WantedAgent,
  signal: AbortSignal,
): Promise<void> {
  const item = {
    name: `agent ${version}`,
    runner: 'downloader',
    params: { url: downloadURL, sha256, fileName: 'lcm-agent' },
  };
  const context = { signal, attempt: 1, timeoutMs: fetchTimeoutMs, readSecret: async () => ({}) };
  const result = await download(item, context, http, join(folder, 'bundles', sha256.toLowerCase()));
  if (result.exitCode !== 0) throw terminal(result.message, { reason: 'AgentNotFetched' });
}

const fetchTimeoutMs = 1_200_000;
