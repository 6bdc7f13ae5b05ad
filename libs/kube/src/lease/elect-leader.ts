import { apiVersionOf, keyText, type Lease, LeaseKind, type ObjectKey } from '@keelson/api';
import {
  type Clock,
  isFailure,
  type Log,
  messageOf,
  type Random,
  rfc3339Micro,
  sleep,
  type Timer,
  transient,
} from '@keelson/std';
import type { KubeApi } from '../port.js';

export interface ElectionOptions {
  readonly api: KubeApi;
  readonly lease: ObjectKey;
  /** Different for every process that wants the lease. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long the others leave a leader in peace that does not renew; 15 when absent. */
  readonly leaseSeconds?: number;
  /** A leader that could not renew for this long steps down; less than `leaseSeconds`; 10 when absent. */
  readonly renewWithinSeconds?: number;
  /** Between two tries; 2 when absent. */
  readonly retrySeconds?: number;
  /**
   * Called when the lease is ours. The signal aborts when it no longer is: whatever runs must end then, and the promise
   * resolve. Only after that is the lease sought again.
   */
  readonly onLead: (signal: AbortSignal) => void | Promise<void>;
  /** Called when the lease was lost, not when it was given back by `stop`. */
  readonly onLost?: () => void;
}

export interface Election {
  isLeader(): boolean;
  /** Who holds the lease, as far as was seen. */
  holder(): string | undefined;
  /** Ends what leads, gives the lease back so that another can take it at once, and seeks it no more. */
  stop(): Promise<void>;
}

/**
 * Seeks a lease and keeps it. Whether a lease has run out is judged by how long its record has not changed on our own
 * clock, never by comparing clocks; every write carries the resourceVersion that was seen, so that of two who take it
 * one fails.
 */
export function electLeader(options: ElectionOptions): Election {
  const candidate = new Candidate(options);
  const running = candidate.run();
  return {
    isLeader: () => candidate.isLeader,
    holder: () => candidate.holder,
    async stop() {
      candidate.stop();
      await running;
    },
  };
}

class Candidate {
  readonly #options: ElectionOptions;
  readonly #leaseMs: number;
  readonly #renewWithinMs: number;
  readonly #stopping = new AbortController();
  #seen: Lease | undefined;
  /** When the record in `#seen` was first seen. */
  #seenAt = 0;
  #term: Term | undefined;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? 15) * 1000;
    this.#renewWithinMs = (options.renewWithinSeconds ?? 10) * 1000;
    if (this.#renewWithinMs >= this.#leaseMs)
      throw new RangeError(
        'a leader must step down before its lease runs out: renewWithinSeconds must be less than leaseSeconds',
      );
  }

  get isLeader(): boolean {
    return this.#term !== undefined && !this.#term.signal.aborted;
  }

  get holder(): string | undefined {
    const holder = this.#seen?.spec.holderIdentity;
    return holder === null || holder === '' ? undefined : holder;
  }

  stop(): void {
    this.#stopping.abort(new Error('the election is stopping'));
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const term = await this.#seek();
      if (term !== undefined) await this.#lead(term);
    }
  }

  /** One try; undefined, after a pause, when it was in vain. */
  async #seek(): Promise<Term | undefined> {
    const { clock, log, lease } = this.#options;
    const begunAt = clock.elapsed();
    try {
      await this.#look();
      if (this.#isFree() && (await this.#take())) return new Term(clock, begunAt + this.#renewWithinMs);
    } catch (error) {
      if (!isFailure(error, 'conflict'))
        log.warn(`the lease ${keyText(lease)} cannot be sought now: ${messageOf(error)}`);
    }
    await this.#pause();
    return undefined;
  }

  async #lead(term: Term): Promise<void> {
    const { log, lease, identity, onLead, onLost } = this.#options;
    this.#term = term;
    log.info(`${identity} leads by the lease ${keyText(lease)}`);
    const onStop = (): void => term.end('the election is stopping');
    this.#stopping.signal.addEventListener('abort', onStop, { once: true });
    if (this.#stopping.signal.aborted) onStop();
    const work = guarded(onLead, term.signal, (error) => term.end(`what leads failed: ${messageOf(error)}`));
    await this.#keep(term);
    const isStopping = this.#stopping.signal.aborted;
    if (!isStopping) {
      log.warn(`${identity} no longer leads by the lease ${keyText(lease)}: ${term.endedBy}`);
      onLost?.();
    }
    await work;
    this.#stopping.signal.removeEventListener('abort', onStop);
    this.#term = undefined;
    if (this.holder === identity) await this.#giveBack();
    if (!isStopping) await this.#pause();
  }

  /** Renews until the term ends. Its end does not wait for a call under way. */
  async #keep(term: Term): Promise<void> {
    const { clock, log } = this.#options;
    while (!term.signal.aborted) {
      await this.#pause(term.signal);
      if (term.signal.aborted) return;
      const begunAt = clock.elapsed();
      try {
        const renewed = await Promise.race([this.#renew(), term.ended]);
        if (renewed === true) term.extend(begunAt + this.#renewWithinMs);
        else term.end(`${this.holder ?? 'nobody'} holds it`);
      } catch (error) {
        log.warn(`the lease could not be renewed yet: ${messageOf(error)}`);
      }
    }
  }

  /** False when another has it. */
  async #renew(): Promise<boolean> {
    const { identity } = this.#options;
    try {
      if (this.#seen !== undefined) return await this.#take();
    } catch (error) {
      if (!isFailure(error, 'conflict') && !isFailure(error, 'notFound')) throw error;
    }
    // Our own write whose answer was lost moves the version too.
    await this.#look();
    return this.#seen?.spec.holderIdentity === identity && (await this.#take());
  }

  async #look(): Promise<void> {
    const { api, clock, lease } = this.#options;
    const seen = await this.#answer(api.get(LeaseKind, lease));
    if (
      seen?.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion ||
      seen?.metadata.uid !== this.#seen?.metadata.uid
    )
      this.#seenAt = clock.elapsed();
    this.#seen = seen;
  }

  #isFree(): boolean {
    const { holder } = this;
    if (holder === undefined || holder === this.#options.identity) return true;
    const seconds = this.#seen?.spec.leaseDurationSeconds;
    return this.#options.clock.elapsed() - this.#seenAt >= (seconds === undefined ? this.#leaseMs : seconds * 1000);
  }

  /** Writes ourselves in, over the record that was seen. */
  async #take(): Promise<boolean> {
    const { api, clock, identity, lease } = this.#options;
    const now = rfc3339Micro(clock.now());
    const before = this.#seen?.spec;
    const isOurs = before?.holderIdentity === identity;
    const spec: Lease['spec'] = {
      holderIdentity: identity,
      leaseDurationSeconds: this.#leaseMs / 1000,
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (before === undefined || isOurs ? 0 : 1),
    };
    const { name, namespace } = lease;
    const fresh = {
      apiVersion: apiVersionOf(LeaseKind),
      kind: LeaseKind.kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec,
    };
    this.#seen = await this.#answer(
      this.#seen === undefined ? api.create<Lease>(fresh) : api.replace<Lease>({ ...this.#seen, spec }),
    );
    this.#seenAt = clock.elapsed();
    return true;
  }

  async #giveBack(): Promise<void> {
    const { api, clock, log, lease } = this.#options;
    if (this.#seen === undefined) return;
    const spec: Lease['spec'] = {
      ...this.#seen.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: rfc3339Micro(clock.now()),
    };
    try {
      this.#seen = await this.#answer(api.replace<Lease>({ ...this.#seen, spec }));
    } catch (error) {
      log.warn(`the lease ${keyText(lease)} could not be given back and will run out: ${messageOf(error)}`);
    }
  }

  /** An answer later than the deadline of leading is none: nothing here may wait for one that never comes. */
  async #answer<A>(call: Promise<A>): Promise<A> {
    const { clock, lease } = this.#options;
    let timer: Timer | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const why = (): Error =>
        transient(`no answer about the lease ${keyText(lease)} within ${this.#renewWithinMs / 1000} s`, {
          reason: 'Timeout',
        });
      timer = clock.schedule(this.#renewWithinMs, () => reject(why()));
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      timer?.cancel();
    }
  }

  /** With a fifth of jitter, so that candidates do not march in step. */
  #pause(signal = this.#stopping.signal): Promise<void> {
    const { clock, random, retrySeconds = 2 } = this.#options;
    return sleep(clock, retrySeconds * 1000 * (0.9 + 0.2 * random.next()), signal).catch(() => undefined);
  }
}

/** One span of leading, with its deadline. */
class Term {
  readonly #clock: Clock;
  readonly #end = new AbortController();
  #timer: Timer;
  endedBy = '';
  /** Resolves at the end. */
  readonly ended: Promise<undefined>;

  constructor(clock: Clock, until: number) {
    this.#clock = clock;
    this.#timer = this.#deadline(until);
    this.ended = new Promise((resolve) =>
      this.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    );
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  extend(until: number): void {
    this.#timer.cancel();
    if (!this.signal.aborted) this.#timer = this.#deadline(until);
  }

  end(why: string): void {
    if (this.signal.aborted) return;
    this.#timer.cancel();
    this.endedBy = why;
    this.#end.abort(new Error(why));
  }

  #deadline(until: number): Timer {
    return this.#clock.schedule(Math.max(0, until - this.#clock.elapsed()), () =>
      this.end('it could not be renewed in time'),
    );
  }
}

/** Runs what leads; its failure ends the term instead of going nowhere. */
async function guarded(
  onLead: ElectionOptions['onLead'],
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  try {
    await onLead(signal);
  } catch (error) {
    onFailure(error);
  }
}
