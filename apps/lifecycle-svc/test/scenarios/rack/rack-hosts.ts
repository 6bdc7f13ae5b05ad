import {
  type AgentConfig,
  type AgentProcess,
  type Bundle,
  type Bundles,
  type StartContext,
  agentVersion,
  launch,
  startAgent,
} from '@keelson/agent';
import { type BareMetalHost, SecretKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { ClusterWorld } from '@keelson/lab';
import { seededRandom, silentLog, sleep, transient } from '@keelson/std';
import { type HermeticCluster, engineKubeApi } from '@keelson/testing';
import { load } from 'js-yaml';
import type { HostItems } from './host-items.js';
import { namespace } from './manifests.js';

export interface RackHostsOptions {
  readonly world: HermeticCluster;
  readonly clusters: ClusterWorld;
  readonly items: HostItems;
  /** Ends with the scenario. */
  readonly signal: AbortSignal;
}

/** The hosts of a rack: what runs on each is the real launcher and the real agent; their items are simulated. */
export class RackHosts {
  /** Hosts that were restarted by their agents, in order. */
  readonly restarts: string[] = [];
  /** Hosts that never return from a restart. */
  readonly lost = new Set<string>();
  /** Hosts whose newer agents never report. */
  readonly deadAgents = new Set<string>();
  readonly #options: RackHostsOptions;
  readonly #items: HostItems;
  /** What ends the launcher of each host that is up, and its agent. */
  readonly #up = new Map<string, AbortController>();
  /** What the launchers have on their disks. */
  readonly #bundles = new Map<string, Bundles>();
  readonly #dark = new Set<string>();

  constructor(options: RackHostsOptions) {
    this.#options = options;
    this.#items = options.items;
  }

  /** It loses its power, or its network, until it is mended. */
  cut(host: string): void {
    this.#dark.add(host);
    this.#stop(host);
  }

  /** It may be booted again. */
  mend(host: string): void {
    this.#dark.delete(host);
  }

  /** It goes down, and may be booted again. */
  takeDown(host: string): void {
    this.cut(host);
    this.mend(host);
  }

  /** Its disks are written anew. */
  wipe(host: string): void {
    this.#options.clusters.forgetServer(host);
    this.#bundles.delete(host);
  }

  /** The scenario is over. */
  stopAll(): void {
    for (const host of this.#up.values()) host.abort(new Error('the scenario is over'));
  }

  #stop(host: string): void {
    this.#up.get(host)?.abort(new Error('the host is down'));
    this.#up.delete(host);
    this.#options.clusters.hostDown(host);
  }

  /** The system of the host starts, unless it is up or dark; its agent calls home. */
  async boot(host: BareMetalHost): Promise<void> {
    const { world, clusters } = this.#options;
    const { name } = host.metadata;
    if (this.#dark.has(name) || this.#up.has(name)) return;
    clusters.hostUp(name);
    const secret = await world.get(SecretKind, { namespace, name: host.spec.userData?.name ?? '' });
    const text = Buffer.from(secret.data?.['userData'] ?? '', 'base64').toString('utf8');
    const { write_files: files } = load(text) as { write_files: { path: string; content: string }[] };
    const config = JSON.parse(files[0]?.content ?? '{}') as AgentConfig;
    const user = world.engine.authenticate({ bearer: config.token });
    if (user === undefined) throw transient(`the token of ${name} is not accepted`);
    const bootedAt = world.clock.now();
    const life = new AbortController();
    this.#up.set(name, life);
    void launch({
      clock: world.clock,
      log: silentLog,
      signal: life.signal,
      read: async () => this.#bundles.get(name) ?? { current: { version: agentVersion } },
      write: async (bundles) => void this.#bundles.set(name, bundles),
      start: (bundle, context) =>
        context.isCandidate && this.deadAgents.has(name)
          ? { ended: new Promise(() => undefined), stop: async () => undefined }
          : this.#agent(host, { config, api: engineKubeApi(world.engine, user), bootedAt }, bundle, context),
    });
  }

  #agent(
    host: BareMetalHost,
    { config, api, bootedAt }: { config: AgentConfig; api: KubeApi; bootedAt: number },
    { version }: Bundle,
    { refused, hear }: StartContext,
  ): AgentProcess {
    const { name } = host.metadata;
    const agent = startAgent({
      config,
      version,
      api,
      runner: this.#items.runner(name, config.machine),
      clock: this.#options.world.clock,
      random: seededRandom(`rack/${name}`),
      log: silentLog,
      host: {
        info: () => ({
          addresses: [{ type: 'InternalIP', address: `127.20.0.${name.split('-').at(-1) ?? ''}` }],
          bootedAt,
          details: { bootID: `${bootedAt}` },
        }),
        reboot: async () => void this.#restart(host),
      },
      saveToken: () => undefined,
      updater: {
        refused,
        fetch: (_wanted, signal) => sleep(this.#options.world.clock, 3_000, signal),
        handOver: ({ version: next, sha256 }) => hear({ type: 'handOver', bundle: { version: next, sha256 } }),
        works: () => hear({ type: 'works' }),
      },
    });
    return { ended: new Promise(() => undefined), stop: () => agent.stop() };
  }

  async #restart(host: BareMetalHost): Promise<void> {
    const { world, signal } = this.#options;
    const { name } = host.metadata;
    this.restarts.push(name);
    this.#stop(name);
    await sleep(world.clock, 60_000, signal).catch(() => undefined);
    if (!this.lost.has(name) && !signal.aborted) await this.boot(host);
  }
}
