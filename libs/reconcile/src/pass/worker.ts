import { type KubeObject, keyOf, keyText, type ObjectKey, parseKey } from '@keelson/api';
import { equalJson } from '@keelson/std';
import { trace } from '@opentelemetry/api';
import { orderOf } from '../kinds.js';
import type { Outcome } from '../plan.js';
import { type Priority, type Taken, WorkQueue } from '../queue/work-queue.js';
import { type Memory, newMemory } from './memory.js';
import { type PassKit, type PassReport, runPass } from './pass.js';
import { nextLook } from './schedule.js';

const tracer = trace.getTracer('@keelson/reconcile');

/** So many passes over one object in so many milliseconds are a quarrel, not work. */
const mostInBurst = 100;
const burstMs = 1_000;

/** Runs the passes of one reconciler: each object by itself, so many at once as declared, the most urgent first. */
export class Worker {
  readonly kit: PassKit;
  readonly #queue: WorkQueue;
  readonly #memories = new Map<string, Memory>();
  #inWork = 0;
  #moving = 0;
  #isRunning = false;
  #whenIdle: (() => void)[] = [];

  constructor(kit: PassKit) {
    this.kit = kit;
    this.#queue = new WorkQueue({ clock: kit.clock, onReady: () => this.#pump() });
  }

  /** Looks at every object there is, the oldest first, and goes on from there. */
  start(): void {
    this.#isRunning = true;
    for (const object of this.kit.caches.of(this.kit.reconciler.kind).list())
      this.#queue.add(keyText(keyOf(object)), 'progress', orderOf(object));
    this.#pump();
  }

  /** Takes nothing more into work; resolves when what is in work is done. */
  stop(): Promise<void> {
    this.#isRunning = false;
    this.#queue.clear();
    this.#memories.clear();
    this.#moving = 0;
    return this.#inWork === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /**
   * Looks at an object soon. One that does not exist is looked at when it comes to be.
   *
   * @param cause the version of the object itself that is the only reason, if it is
   */
  add(key: ObjectKey, priority: Priority, cause?: string): void {
    if (!this.#isRunning) return;
    const object = this.#find(key);
    if (object !== undefined) this.#queue.add(keyText(key), priority, orderOf(object), cause);
  }

  /** The object is no more. */
  forget(key: ObjectKey): void {
    const text = keyText(key);
    this.#queue.forget(text);
    this.#remember(text, undefined);
    this.#gauge();
  }

  /** What is remembered of an object: undefined before its first pass in this process. */
  memoryOf(key: ObjectKey): Readonly<Memory> | undefined {
    return this.#memories.get(keyText(key));
  }

  #find(key: ObjectKey): KubeObject | undefined {
    const { caches, reconciler, written } = this.kit;
    return written.latest(reconciler.kind, key, caches.of(reconciler.kind).get(key));
  }

  #pump(): void {
    while (this.#isRunning && this.#inWork < this.kit.reconciler.concurrency) {
      const taken = this.#queue.take();
      if (taken === undefined) break;
      if (this.#isDamped(taken)) continue;
      this.#inWork += 1;
      void this.#work(taken);
    }
    this.#gauge();
  }

  /** Two who undo each other's writes wake each other for ever: such an object is looked at once a second, and it is said. */
  #isDamped({ key, priority }: Taken): boolean {
    const { clock, log, reconciler } = this.kit;
    const memory = this.#memories.get(key);
    if (memory === undefined) return false;
    const now = clock.elapsed();
    if (now - memory.burstAt >= burstMs) Object.assign(memory, { burst: 0, burstAt: now });
    memory.burst += 1;
    if (memory.burst <= mostInBurst) return false;
    if (memory.burst === mostInBurst + 1)
      log.warn(
        `${reconciler.name} ${key} was looked at ${mostInBurst} times within a second: somebody undoes what is done`,
      );
    this.#queue.done(key);
    const object = this.#find(parseKey(key));
    if (object !== undefined) this.#queue.addLater(key, priority, orderOf(object), burstMs);
    return true;
  }

  async #work(taken: Taken): Promise<void> {
    const { metrics, clock, reconciler } = this.kit;
    metrics.waited(reconciler.name, taken.priority, taken.waitedMs / 1000);
    const memory = this.#memories.get(taken.key) ?? newMemory();
    this.#memories.set(taken.key, memory);
    const began = clock.elapsed();
    const report = await this.#spanned(taken.key, memory);
    memory.lookedAt = clock.now();
    metrics.pass(reconciler.name, report.end, (clock.elapsed() - began) / 1000);
    this.#inWork -= 1;
    if (this.#isRunning) this.#account(taken.key, memory, report);
    // The cache may show the status before its writer hears that it is written: that is no reason to look again.
    this.#queue.done(taken.key, memory.status?.resourceVersion);
    this.#pump();
    if (this.#inWork === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #spanned(key: string, memory: Memory): Promise<PassReport> {
    const { name, kind } = this.kit.reconciler;
    return tracer.startActiveSpan(
      `reconcile ${name}`,
      { attributes: { 'keelson.kind': kind.kind, 'keelson.key': key } },
      async (span) => {
        try {
          const report = await runPass(this.kit, parseKey(key), memory);
          span.setAttribute('keelson.outcome', report.end);
          return report;
        } finally {
          span.end();
        }
      },
    );
  }

  #account(key: string, memory: Memory, report: PassReport): void {
    if (report.end === 'gone' || this.#memories.get(key) !== memory) return this.#remember(key, undefined);
    this.#gaugeMoving(memory, report);
    this.#tell(key, memory, report);
    const before = memory.outcome;
    count(memory, report);
    const { reconciler, random, clock, metrics } = this.kit;
    if (reconciler.holds !== undefined && !isSameHold(before, memory.outcome)) this.kit.onHold?.(parseKey(key));
    const look = nextLook({ report, reconciler, memory, random, now: clock.now() });
    if (look === undefined) return;
    if (look.priority === 'retry') metrics.retry(reconciler.name);
    const object = this.#find(parseKey(key));
    if (object === undefined) return;
    this.#queue.addLater(key, look.priority, orderOf(object), look.afterMs);
  }

  /** One line when trouble begins or changes, none for its repeats. */
  #tell(key: string, memory: Memory, { end, failure }: PassReport): void {
    if (failure === undefined || end === 'conflict') return;
    const { log, reconciler } = this.kit;
    const fields = { reconciler: reconciler.name, key, reason: failure.reason, error: failure };
    const isRepeat = memory.failures > 0 && memory.failure === failure.message;
    memory.failure = failure.message;
    if (isRepeat) log.debug(`${reconciler.name} ${key}: ${failure.message}`, fields);
    else log.warn(`${reconciler.name} ${key}: ${failure.message}`, fields);
  }

  #remember(key: string, memory: Memory | undefined): void {
    if (this.#memories.get(key)?.isMoving === true) this.#moving -= 1;
    if (memory === undefined) this.#memories.delete(key);
    else this.#memories.set(key, memory);
  }

  #gaugeMoving(memory: Memory, report: PassReport): void {
    const isMoving =
      report.deadlineAt === undefined && report.end === 'conflict' ? memory.isMoving : report.deadlineAt !== undefined;
    if (isMoving !== memory.isMoving) this.#moving += isMoving ? 1 : -1;
    memory.isMoving = isMoving;
  }

  #gauge(): void {
    const { metrics, reconciler } = this.kit;
    metrics.depth(reconciler.name, this.#queue.depth);
    metrics.workInProgress(reconciler.name, this.#moving);
  }
}

function isSameHold(before: Outcome | undefined, now: Outcome | undefined): boolean {
  return equalJson(holdIn(before), holdIn(now));
}

function holdIn(outcome: Outcome | undefined): readonly unknown[] {
  return outcome !== undefined && 'on' in outcome ? [outcome.on, outcome.reason, outcome.message] : [];
}

function count(memory: Memory, { end, outcome, failure, isChanged }: PassReport): void {
  memory.conflicts = end === 'conflict' ? memory.conflicts + 1 : 0;
  memory.spins = end === 'progressing' ? memory.spins + 1 : 0;
  memory.idleSpins = end === 'progressing' && !isChanged ? memory.idleSpins + 1 : 0;
  if (end !== 'conflict') memory.failures = failure === undefined ? 0 : memory.failures + 1;
  if (outcome !== undefined) memory.outcome = outcome;
}
