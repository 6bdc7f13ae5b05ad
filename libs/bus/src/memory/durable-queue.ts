import type { ConsumerDefinition } from '@keelson/contracts';
import { backoffSeconds, type BackoffPolicy, type Clock, isFailure, messageOf, type Random } from '@keelson/std';
import { type DeadLetter, handlerTimeoutMs, inTime } from '../delivery.js';
import type { MessageMeta, Subscription } from '../port.js';
import type { BusFaults } from './faults.js';

/** A message as the stream keeps it. */
export interface StoredMessage {
  readonly id: string;
  readonly subject: string;
  /** JSON text. */
  readonly payload: string;
}

export interface DurableQueueOptions {
  readonly definition: ConsumerDefinition;
  readonly clock: Clock;
  readonly random: Random;
  readonly redelivery: BackoffPolicy;
  readonly faults: () => BusFaults;
  /** Whether messages can reach anybody now. */
  readonly isOpen: () => boolean;
  readonly bury: (letter: DeadLetter) => void;
}

/** Runs on the text of a payload; a Failure with reason `BadPayload` sends it to the dead letters at once. */
export type TextHandler = (payload: string, meta: MessageMeta) => Promise<void>;

interface Entry {
  readonly message: StoredMessage;
  deliveries: number;
}

interface Member {
  readonly handler: TextHandler;
  readonly concurrency: number;
  readonly atWork: Map<Entry, Promise<void>>;
  gone: boolean;
}

/** Messages kept for a consumer that nobody serves; the oldest go first, as those of a full stream do. */
const mostWaiting = 10_000;

/** One durable consumer: what it must still hear, and who hears it now. */
export class DurableQueue {
  readonly #options: DurableQueueOptions;
  readonly #waiting: Entry[] = [];
  readonly #members: Member[] = [];
  #turn = 0;
  #isPumping = false;

  constructor(options: DurableQueueOptions) {
    this.#options = options;
  }

  add(message: StoredMessage): void {
    const faults = this.#options.faults();
    const late = this.#happens(faults.delayed) ? this.#options.random.next() * faults.maxDelayMs : 0;
    const copies = this.#happens(faults.doubled) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#enqueue({ message, deliveries: 0 }, late);
  }

  subscribe(handler: TextHandler, concurrency: number): Subscription {
    const member: Member = { handler, concurrency, atWork: new Map(), gone: false };
    this.#members.push(member);
    this.#pump();
    return { stop: () => this.#leave(member) };
  }

  /** To be called when `isOpen` has become true. */
  resume(): void {
    this.#pump();
  }

  /** What is at work may end, at most for the time of an acknowledgement; then it is given to another. */
  async #leave(member: Member): Promise<void> {
    if (member.gone) return;
    member.gone = true;
    this.#members.splice(this.#members.indexOf(member), 1);
    const { clock, definition } = this.#options;
    await inTime(
      clock,
      definition.ackWaitSeconds * 1000,
      `draining ${definition.durable}`,
      Promise.all(member.atWork.values()),
    ).catch(() => {
      for (const entry of member.atWork.keys()) this.#enqueue(entry, 0);
      member.atWork.clear();
    });
  }

  #enqueue(entry: Entry, delayMs: number): void {
    if (delayMs > 0) return void this.#options.clock.schedule(delayMs, () => this.#enqueue(entry, 0));
    this.#waiting.push(entry);
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    this.#pump();
  }

  /** Hands out in a microtask of its own, so that a publisher is never inside a handler. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      for (let member = this.#free(); member !== undefined && this.#waiting.length > 0; member = this.#free())
        this.#deliver(member);
    });
  }

  #free(): Member | undefined {
    if (!this.#options.isOpen()) return undefined;
    const atWork = this.#members.reduce((sum, member) => sum + member.atWork.size, 0);
    if (atWork >= this.#options.definition.maxAckPending) return undefined;
    for (let i = 0; i < this.#members.length; i++) {
      const member = this.#members[(this.#turn + i) % this.#members.length];
      if (member === undefined || member.atWork.size >= member.concurrency) continue;
      this.#turn = (this.#turn + i + 1) % this.#members.length;
      return member;
    }
    return undefined;
  }

  #deliver(member: Member): void {
    const entry = this.#waiting.shift();
    if (entry === undefined) return;
    entry.deliveries += 1;
    if (this.#happens(this.#options.faults().lostDelivery))
      return this.#enqueue(entry, this.#options.definition.ackWaitSeconds * 1000);
    const work = this.#handle(member, entry).finally(() => {
      if (member.atWork.delete(entry)) this.#pump();
    });
    member.atWork.set(entry, work);
  }

  async #handle(member: Member, entry: Entry): Promise<void> {
    const { id, subject, payload } = entry.message;
    const { clock, definition, random, redelivery } = this.#options;
    const meta: MessageMeta = { id, subject, deliveries: entry.deliveries };
    try {
      if (entry.deliveries > definition.maxDeliver)
        throw new Error('every delivery ended without an answer: its handler took the process down');
      await inTime(clock, handlerTimeoutMs, `handling ${subject}`, member.handler(payload, meta));
    } catch (error) {
      if (!member.atWork.has(entry) && member.gone) return;
      const reason = isFailure(error)
        ? error.reason
        : entry.deliveries > definition.maxDeliver
          ? 'Abandoned'
          : 'InternalError';
      if (reason === 'BadPayload' || entry.deliveries >= definition.maxDeliver) {
        return this.#options.bury({
          id,
          durable: definition.durable,
          subject,
          reason,
          message: messageOf(error),
          deliveries: entry.deliveries,
          payload,
        });
      }
      this.#enqueue(entry, backoffSeconds(redelivery, entry.deliveries, random) * 1000);
    }
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#options.random.next() < chance;
  }
}
