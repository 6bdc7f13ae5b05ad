import { silentLog, sleep, terminal } from '@keelson/std';
import { type AgentWorld, anAgentWorld } from '../agent.fixtures.js';
import type { AgentMachine } from '../machine.js';
import type { Updater, WantedAgent } from '../self-update.js';
import type { Bundle, Bundles } from './bundles.js';
import { type AgentProcess, type StartContext, launch } from './launch.js';

/** A host of tests whose launcher and agents run in this process; they can be killed at any moment. */
export interface LaunchedHost {
  readonly agents: AgentWorld;
  /** What lies on its disk. */
  bundles: Bundles;
  /** Versions started so far. */
  readonly started: string[];
  readonly fetched: string[];
  /** Versions that hang when they are started, and those that end at once. */
  readonly hanging: Set<string>;
  readonly crashing: Set<string>;
  /** Versions whose bundle cannot be fetched. */
  readonly missing: Set<string>;
  /** Versions whose bundle takes an hour. */
  readonly slow: Set<string>;
  /** Agents that run now. */
  running: number;
  /** The most that ever ran at once. */
  mostRunning: number;
  /** `release`: the version of the agent that the installation names. */
  boot(release?: string): void;
  /** Launcher and agent are gone from one moment to the next. */
  kill(): void;
}

export const wantedAgentConfig = (version: string) => ({
  version,
  downloadURL: `https://artifacts.test/agent/${version}`,
  sha256: version.padEnd(64, '0'),
});

export function aLaunchedHost(spec: AgentMachine['spec']): LaunchedHost {
  let life = new AbortController();
  const host: LaunchedHost = {
    agents: anAgentWorld(spec),
    bundles: { current: { version: '1' } },
    started: [],
    fetched: [],
    hanging: new Set(),
    crashing: new Set(),
    missing: new Set(),
    slow: new Set(),
    running: 0,
    mostRunning: 0,
    boot(release) {
      life = new AbortController();
      const { signal } = life;
      void launch({
        clock: host.agents.clock,
        log: silentLog,
        signal,
        read: async () => host.bundles,
        async write(bundles) {
          // What a killed launcher was about to write is lost.
          if (!signal.aborted) host.bundles = bundles;
        },
        bring: release === undefined ? undefined : (limit) => bring(host, wantedAgentConfig(release), limit),
        start: (bundle, context) => start(host, bundle.version, context, signal),
      });
    },
    kill: () => life.abort(new Error('killed')),
  };
  return host;
}

function start(host: LaunchedHost, version: string, context: StartContext, signal: AbortSignal): AgentProcess {
  host.started.push(version);
  host.running += 1;
  host.mostRunning = Math.max(host.mostRunning, host.running);
  const ended = (): void => void (host.running -= 1);
  if (host.crashing.has(version)) {
    ended();
    return { ended: Promise.resolve('exit code 1'), stop: async () => undefined };
  }
  if (host.hanging.has(version)) return { ended: new Promise(() => undefined), stop: async () => ended() };
  const hear: StartContext['hear'] = (word) => (signal.aborted ? undefined : context.hear(word));
  const agent = host.agents.start(0, 'opaque', { version, updater: updater(host, { ...context, hear }) });
  return {
    ended: new Promise(() => undefined),
    async stop() {
      ended();
      await agent.stop();
    },
  };
}

async function bring(host: LaunchedHost, wanted: WantedAgent, signal: AbortSignal): Promise<Bundle> {
  await fetched(host, wanted.version, signal);
  return { version: wanted.version, sha256: wanted.sha256 };
}

async function fetched(host: LaunchedHost, version: string, signal: AbortSignal): Promise<void> {
  await sleep(host.agents.clock, host.slow.has(version) ? 3_600_000 : 8_000, signal);
  if (host.missing.has(version)) throw terminal('the file is not there');
  host.fetched.push(version);
}

function updater(host: LaunchedHost, { refused, hear }: StartContext): Updater {
  return {
    refused,
    fetch: ({ version }, signal) => fetched(host, version, signal),
    handOver: ({ version, sha256 }) => hear({ type: 'handOver', bundle: { version, sha256 } }),
    works: () => hear({ type: 'works' }),
  };
}
