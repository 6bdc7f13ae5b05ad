import { type Clock, type Log, messageOf } from '@keelson/std';
import { cacheReader } from '../pass/cache-reader.js';
import type { Worker } from '../pass/worker.js';
import type { Waker } from '../reconciler.js';

/** Wakes objects when a system that a reconciler declares tells of a change. What it misses, a recheck finds. */
export class Wakers {
  readonly #options: { readonly clock: Clock; readonly log: Log };
  #ends: readonly (() => void)[] = [];

  constructor(options: { readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  start(workers: readonly Worker[]): void {
    this.#ends = workers.flatMap((worker) =>
      (worker.kit.reconciler.wokenBy ?? []).map((waker) => this.#subscribe(worker, waker)),
    );
  }

  stop(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  #subscribe(worker: Worker, waker: Waker): () => void {
    const { clock, log } = this.#options;
    const { caches, written, scope, reconciler } = worker.kit;
    return waker.subscribe((find) => {
      try {
        for (const key of find(cacheReader(caches, written, scope, clock.now()))) worker.add(key, 'progress');
      } catch (error) {
        log.error(`${reconciler.name} cannot tell what a change of ${waker.system} matters to: ${messageOf(error)}`);
      }
    });
  }
}
