import { type Timer, isFailure, messageOf } from '@keelson/std';
import type { ChildWrite } from '../clusters/child-api.js';
import { type Controller, type Plane, forEach } from './plane.js';

export interface ControlLoopOptions {
  readonly plane: Omit<Plane, 'api'>;
  /** In the order of what follows from what: the work of one is seen by the next in the same pass. */
  readonly controllers: readonly Controller[];
  /** Whether the cluster's API answers: while it does not, nothing is done and nothing forgotten. */
  readonly answers: () => boolean;
}

/** From a write until controllers look at it, in seconds of the simulated world. */
const reactionSeconds = 0.5;
/** What failed is looked at again. */
const retrySeconds = 10;

/** Runs controllers over the keys that writes and times make dirty; when nothing happens nothing runs. */
export class ControlLoop {
  readonly #options: ControlLoopOptions;
  readonly #dirty: readonly Set<string>[];
  readonly #timers: readonly Map<string, Timer>[];
  #pass: Timer | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(options: ControlLoopOptions) {
    this.#options = options;
    this.#dirty = options.controllers.map(() => new Set<string>());
    this.#timers = options.controllers.map(() => new Map<string, Timer>());
  }

  /** Takes note of writes. */
  note(writes: readonly ChildWrite[]): void {
    this.#options.controllers.forEach((controller, i) => {
      for (const write of writes) for (const key of controller.concerns(write)) this.#dirty[i]?.add(key);
    });
    this.wake();
  }

  /** Makes one controller look at keys. */
  mark(name: string, keys: Iterable<string>): void {
    const i = this.#options.controllers.findIndex((controller) => controller.name === name);
    for (const key of keys) this.#dirty[i]?.add(key);
    this.wake();
  }

  /** Looks soon, if there is anything to look at. */
  wake(): void {
    const { clock, pace } = this.#options.plane;
    if (this.#isStopped || this.#isRunning || this.#pass !== undefined) return;
    if (!this.#options.answers() || this.#dirty.every((keys) => keys.size === 0)) return;
    this.#pass = clock.schedule(pace.ms(reactionSeconds), () => void this.#run());
  }

  stop(): void {
    this.#isStopped = true;
    this.#pass?.cancel();
    for (const timers of this.#timers) for (const timer of timers.values()) timer.cancel();
  }

  async #run(): Promise<void> {
    this.#pass = undefined;
    this.#isRunning = true;
    for (const [i, controller] of this.#options.controllers.entries()) {
      const dirty = this.#dirty[i];
      if (dirty === undefined || dirty.size === 0 || this.#isStopped) continue;
      const keys = [...dirty];
      dirty.clear();
      await forEach(keys, (key) => this.#sync(i, controller, key));
    }
    this.#isRunning = false;
    this.wake();
  }

  async #sync(i: number, controller: Controller, key: string): Promise<void> {
    const { clock, pace, log } = this.#options.plane;
    this.#timers[i]?.get(key)?.cancel();
    this.#timers[i]?.delete(key);
    try {
      this.#lookAt(i, key, await controller.sync(key));
    } catch (error) {
      if (this.#isStopped) return;
      // Somebody else was faster, or deleted it: what he wrote makes the key dirty.
      const isQuiet = isFailure(error, 'conflict') || isFailure(error, 'notFound');
      log[isQuiet ? 'debug' : 'warn'](`${controller.name} of ${key} (simulated): ${messageOf(error)}`);
      this.#lookAt(i, key, clock.now() + pace.ms(retrySeconds));
    }
  }

  #lookAt(i: number, key: string, at: number | undefined): void {
    const { clock } = this.#options.plane;
    const timers = this.#timers[i];
    if (at === undefined || this.#isStopped || timers === undefined) return;
    const timer = clock.schedule(Math.max(1, at - clock.now()), () => {
      timers.delete(key);
      this.#dirty[i]?.add(key);
      this.wake();
    });
    timers.set(key, timer);
  }
}
