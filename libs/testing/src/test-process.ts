import type { ObjectKey } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import type { PlanAnswer, Transition, WhyAnswer } from '@keelson/contracts';
import { createManager, type Manager, type ManagerOptions } from '@keelson/reconcile';
import { transient } from '@keelson/std';
import type { Records } from '@keelson/store';
import { type ApiCall, type FaultRule, faultyApi } from './api-faults.js';

export interface TestProcessOptions extends ManagerOptions {
  readonly rule: FaultRule;
  readonly calls: ApiCall[];
}

/** How long a process that died stays away. Milliseconds. */
const restartMs = 5_000;

/** The process of one service: it can die in the middle of a call and comes back, with nothing but what was stored. */
export class TestProcess implements Manager {
  readonly #options: TestProcessOptions;
  #manager: Manager;
  #isStopped = false;

  constructor(options: TestProcessOptions) {
    this.#options = options;
    this.#manager = this.#born();
  }

  start(): Promise<void> {
    return this.#manager.start();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#manager.stop();
  }

  lacks(): string | undefined {
    return this.#manager.lacks();
  }

  plan(kind: string, key: ObjectKey): Promise<PlanAnswer> {
    return this.#manager.plan(kind, key);
  }

  why(kind: string, key: ObjectKey): Promise<WhyAnswer> {
    return this.#manager.why(kind, key);
  }

  history(kind: string, key: ObjectKey, limit?: number): Promise<Transition[]> {
    return this.#manager.history(kind, key, limit);
  }

  wake(kind: string, key: ObjectKey): void {
    this.#manager.wake(kind, key);
  }

  #born(): Manager {
    const { rule, calls, ...options } = this.#options;
    const life = new AbortController();
    const { api, bus, records } = options;
    const manager = createManager({
      ...options,
      api: faultyApi(api, rule, calls, life),
      bus: mortalBus(bus, life.signal),
      records: mortalRecords(records, life.signal),
    });
    life.signal.addEventListener('abort', () => this.#died(manager), { once: true });
    return manager;
  }

  /** Ends what a dead process would not do any more: its timers. The next one knows nothing of it. */
  #died(dead: Manager): void {
    void dead.stop();
    this.#options.clock.schedule(restartMs, () => {
      if (this.#isStopped) return;
      this.#manager = this.#born();
      void this.#manager.start();
    });
  }
}

const death = (): never => {
  throw transient('the process is dead (injected)', { reason: 'Dead' });
};

function mortalBus(bus: Bus, life: AbortSignal): Bus {
  return {
    publish: async (news, payload, options) => (life.aborted ? death() : bus.publish(news, payload, options)),
    consume: (news, durable, handler) => bus.consume(news, durable, handler),
    request: async (request, payload, options) => (life.aborted ? death() : bus.request(request, payload, options)),
    respond: (request, handler) => bus.respond(request, handler),
    connected: () => bus.connected(),
    close: () => Promise.resolve(),
  };
}

function mortalRecords(records: Records, life: AbortSignal): Records {
  return {
    append: async (entries) => (life.aborted ? death() : records.append(entries)),
    history: (query) => records.history(query),
    lastStates: async (kind) => (life.aborted ? death() : records.lastStates(kind)),
    drainOutbox: async (limit, publish) => (life.aborted ? death() : records.drainOutbox(limit, publish)),
    close: () => Promise.resolve(),
  };
}
