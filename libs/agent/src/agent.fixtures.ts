import type { Kind, KubeObject } from '@keelson/api';
import type { KubeApi, WatchEvent } from '@keelson/kube';
import { VirtualClock, seededRandom, silentLog, terminal, transient } from '@keelson/std';
import { type Agent, startAgent } from './agent.js';
import type { AgentOptions } from './options.js';
import type { AgentMachine, AgentStatus, StateItem } from './machine.js';
import type { RunContext, RunResult } from './runner.js';

/** An API that knows one LCMMachine, its Secret and its Lease; it can be lost and come back. */
export class OneMachineApi implements KubeApi {
  machine: AgentMachine | undefined;
  readonly statusWrites: AgentStatus[] = [];
  readonly leaseTimes: string[] = [];
  readonly tokensAsked: unknown[] = [];
  newToken = 'opaque';
  isLost = false;
  #version = 1;
  #watcher: ((event: WatchEvent<AgentMachine> | 'end') => void) | undefined;

  constructor(spec: AgentMachine['spec']) {
    this.machine = {
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'LCMMachine',
      metadata: { name: 'cp-1', namespace: 'demo', uid: 'u1' },
      ...(spec === undefined ? {} : { spec }),
    };
  }

  setSpec(spec: AgentMachine['spec']): void {
    if (this.machine === undefined) return;
    this.machine = { ...this.machine, ...(spec === undefined ? {} : { spec }) };
    this.#version += 1;
    this.#watcher?.({ type: 'MODIFIED', object: this.machine });
  }

  lose(): void {
    this.isLost = true;
    this.#watcher?.('end');
  }

  async get(kind: Kind): Promise<undefined> {
    this.#reach();
    if (kind.kind !== 'Secret') throw terminal(`unexpected get of ${kind.kind}`);
    return undefined;
  }

  async list(): Promise<{ items: never[]; resourceVersion: string }> {
    this.#reach();
    // The fixture holds one kind only, which the agent is the only reader of.
    const items: never[] = [];
    if (this.machine !== undefined) Array.prototype.push.call(items, this.machine);
    return { items, resourceVersion: String(this.#version) };
  }

  async *watch(_kind: Kind, options: { signal: AbortSignal }): AsyncGenerator<never> {
    this.#reach();
    options.signal.addEventListener('abort', () => this.#watcher?.('end'), { once: true });
    for (;;) {
      const event = await new Promise<unknown>((resolve) => (this.#watcher = resolve));
      if (event === 'end') return;
      yield event as never;
    }
  }

  async apply<T extends KubeObject>(object: Partial<T> & KubeObject): Promise<T> {
    this.#reach();
    if (object.kind === 'Lease')
      this.leaseTimes.push(String(Reflect.get(Reflect.get(object, 'spec') as object, 'renewTime')));
    else this.#writeStatus(Reflect.get(object, 'status') as AgentStatus);
    return object as unknown as T;
  }

  async createToken(account: unknown): Promise<{ token: string; expirationTimestamp: string }> {
    this.#reach();
    this.tokensAsked.push(account);
    return { token: this.newToken, expirationTimestamp: '' };
  }

  create = unused('create');
  replace = unused('replace');
  patch = unused('patch');
  delete = unused('delete');
  evict = unused('evict');

  #writeStatus(status: AgentStatus): void {
    this.statusWrites.push(status);
    if (this.machine === undefined) return;
    this.machine = { ...this.machine, status };
    this.#version += 1;
    this.#watcher?.({ type: 'MODIFIED', object: this.machine });
  }

  #reach(): void {
    if (this.isLost) throw transient('the API is lost', { reason: 'Unreachable' });
  }
}

function unused(what: string): () => Promise<never> {
  return async () => {
    throw terminal(`the agent is not expected to call ${what}`);
  };
}

export const item = (name: string, phase: string, more: Partial<StateItem> = {}): StateItem => ({
  name,
  runner: 'bash',
  version: '1',
  phase,
  ...more,
});

export interface AgentWorld {
  readonly clock: VirtualClock;
  readonly api: OneMachineApi;
  readonly ran: string[];
  readonly tokens: string[];
  reboots: number;
  /** How long an item runs, milliseconds; ten seconds unless set. */
  runMs: number;
  details: Record<string, unknown>;
  /** As the operating system would call. */
  detailsChanged: () => void;
  /** How the next runs end; with success when empty. */
  readonly outcomes: (RunResult | 'hang')[];
  start(bootedAt?: number, token?: string, more?: Pick<AgentOptions, 'version' | 'updater'>): Agent;
}

export function anAgentWorld(spec: AgentMachine['spec']): AgentWorld {
  const clock = new VirtualClock();
  const api = new OneMachineApi(spec);
  const world: AgentWorld = {
    clock,
    api,
    ran: [],
    tokens: [],
    reboots: 0,
    details: { simulated: 'yes' },
    detailsChanged: () => undefined,
    runMs: 10_000,
    outcomes: [],
    start(bootedAt = clock.now(), token = 'opaque', more = {}) {
      return startAgent({
        ...more,
        config: { server: 'https://api.test', namespace: 'demo', machine: 'cp-1', token },
        api,
        runner: { run: (wanted, context) => run(world, wanted, context) },
        host: {
          info: () => ({
            addresses: [{ type: 'InternalIP', address: '127.20.0.21' }],
            bootedAt,
            details: world.details,
          }),
          onChange: (listener) => {
            world.detailsChanged = listener;
            return () => (world.detailsChanged = () => undefined);
          },
          async reboot() {
            world.reboots += 1;
          },
        },
        clock,
        random: seededRandom('agent'),
        log: silentLog,
        saveToken: (renewed) => void world.tokens.push(renewed),
      });
    },
  };
  return world;
}

async function run(world: AgentWorld, wanted: StateItem, context: RunContext): Promise<RunResult> {
  world.ran.push(wanted.name);
  const outcome = world.outcomes.shift() ?? { exitCode: 0, message: 'ok' };
  if (outcome === 'hang') return new Promise(() => undefined);
  await new Promise<void>((resolve) => world.clock.schedule(world.runMs, resolve));
  if (context.signal.aborted) throw new Error('stopped');
  return outcome;
}

/** A service account token that ends at a time; its signature is none. */
export function aToken(expiresAt: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'system:serviceaccount:demo:lcm-cp-1', exp: expiresAt / 1000 })}.x`;
}
