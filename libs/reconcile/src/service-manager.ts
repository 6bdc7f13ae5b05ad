import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import type { Subscription } from '@keelson/bus';
import type { PlanAnswer, Transition, WhyAnswer } from '@keelson/contracts';
import { type Caches, type ChangeType, type Election, electLeader, startCaches } from '@keelson/kube';
import { type Clock, messageOf, notFound, sleep, terminal, transient } from '@keelson/std';
import { planAnswer, planOf, referenceText } from './ask/plan-answer.js';
import { respondFor } from './ask/responders.js';
import { whyAcross, whyForOthers } from './ask/why.js';
import { cachedKinds, EventRouter } from './events/event-router.js';
import { NewsEar } from './events/news-ear.js';
import { Wakers } from './events/wakers.js';
import type { Manager, ManagerOptions } from './manager.js';
import { noMetrics } from './metrics.js';
import { OwnWrites } from './pass/own-writes.js';
import { scopeOf } from './pass/scope.js';
import { Worker } from './pass/worker.js';
import type { Outcome } from './plan.js';
import type { Holds } from './reconciler.js';
import { Expectations } from './records/expectations.js';
import { History } from './records/history.js';
import { Outbox } from './records/outbox.js';
import { Announcer } from './report/announcer.js';

/** How long `stop` waits for what is in work, and for records after that. Milliseconds. */
const drainMs = 20_000;
const recordsMs = 5_000;
const respondAgainMs = 5_000;

/** Where the leases of services are. */
export const leaseNamespace = 'keelson-system';

/** Wires the parts of the kit together. */
export class ServiceManager implements Manager {
  readonly #options: ManagerOptions;
  readonly #written: OwnWrites;
  readonly #expectations = new Expectations();
  readonly #history: History;
  readonly #outbox: Outbox;
  readonly #announcer: Announcer;
  readonly #ear: NewsEar;
  readonly #wakers: Wakers;
  readonly #ending = new AbortController();
  #caches: Caches | undefined;
  #workers: readonly Worker[] = [];
  #election: Election | undefined;
  #subscriptions: Subscription[] = [];
  #isLeading = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    const metrics = options.metrics ?? noMetrics;
    this.#written = new OwnWrites(
      options.clock,
      cachedKinds(options.reconcilers).map(({ kind }) => kind),
    );
    this.#outbox = new Outbox(options);
    this.#history = new History({
      ...options,
      expectations: this.#expectations,
      find: (kind, key) => options.api.get(kind, key),
      onAppended: () => this.#outbox.wake(),
    });
    this.#announcer = new Announcer({ ...options, metrics });
    this.#ear = new NewsEar(options);
    this.#wakers = new Wakers(options);
  }

  async start(): Promise<void> {
    const { leaderElection = false, identity, mayLead } = this.#options;
    if (leaderElection && identity === undefined)
      throw terminal('leader election needs an identity', { reason: 'NoIdentity' });
    await this.#openCaches();
    void this.#respond();
    const begin = (): void => {
      if (this.#ending.signal.aborted) return;
      if (leaderElection && identity !== undefined) this.#seekLease(identity);
      else this.#lead();
    };
    if (mayLead === undefined) begin();
    else void mayLead.then(begin, () => undefined);
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error('the manager is stopping'));
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop().catch(() => undefined)));
    await (this.#election === undefined ? this.#rest() : this.#election.stop());
    this.#announcer.stop();
    await this.#caches?.stop();
  }

  lacks(): string | undefined {
    if (this.#ending.signal.aborted) return 'the service is stopping';
    return this.#caches === undefined ? 'the caches are not full yet' : this.#caches.lacks();
  }

  async plan(kind: string, key: ObjectKey): Promise<PlanAnswer> {
    const { workers, object } = this.#existing(kind, key);
    const plans = workers.map(async ({ kit }) => ({ kit, plan: await planOf(kit, object) }));
    return planAnswer(object, await Promise.all(plans));
  }

  async why(kind: string, key: ObjectKey): Promise<WhyAnswer> {
    this.#existing(kind, key);
    const { service, bus } = this.#options;
    return whyAcross({ service, bus, workersOf: (name) => this.#workersOf(name) }, referenceOf(kind, key));
  }

  history(kind: string, key: ObjectKey, limit?: number): Promise<Transition[]> {
    return this.#options.records.history({
      kind,
      namespace: key.namespace,
      name: key.name,
      ...(limit === undefined ? {} : { limit }),
    });
  }

  wake(kind: string, key: ObjectKey): void {
    for (const worker of this.#workersOf(kind)) worker.add(key, 'progress');
  }

  async #openCaches(): Promise<void> {
    const { api, clock, random, log, reconcilers } = this.#options;
    let router: EventRouter | undefined;
    const onEvent = (kind: Kind, type: ChangeType, object: KubeObject, before: KubeObject | undefined): void =>
      router?.take(kind, type, object, before);
    const caches = await startCaches({
      api,
      clock,
      random,
      log,
      kinds: cachedKinds(reconcilers),
      onEvent,
      signal: this.#ending.signal,
    });
    this.#caches = caches;
    this.#workers = reconcilers.map((reconciler) => this.#workerFor(reconciler, caches));
    router = new EventRouter({ workers: this.#workers, history: this.#history, written: this.#written, log });
  }

  #workerFor(reconciler: ManagerOptions['reconcilers'][number], caches: Caches): Worker {
    const { api, clock, random, log, metrics = noMetrics } = this.#options;
    const shared = {
      api,
      clock,
      random,
      log,
      metrics,
      caches,
      written: this.#written,
      announcer: this.#announcer,
      expectations: this.#expectations,
      onFault: this.#options.onFault ?? ((fault: string) => log.error(fault)),
    };
    const { kind } = reconciler.kind;
    const beside = (): readonly Worker[] => this.#workersOf(kind).filter(({ kit }) => kit.reconciler !== reconciler);
    return new Worker({
      ...shared,
      reconciler,
      scope: scopeOf(reconciler),
      mayWrite: () => this.#isLeading,
      heldBeside: (key, as) => heldBy(beside(), key, as),
      onHold: (key) => beside().forEach((worker) => worker.kit.reconciler.machine && worker.add(key, 'progress')),
    });
  }

  #seekLease(identity: string): void {
    const { api, clock, random, log, service } = this.#options;
    const onLead = async (signal: AbortSignal): Promise<void> => {
      this.#lead();
      await new Promise((resolve) =>
        signal.aborted ? resolve(undefined) : signal.addEventListener('abort', resolve, { once: true }),
      );
      // On the way out passes may end what they began; a lease that was lost is not ours to write under any more.
      if (!this.#ending.signal.aborted) this.#isLeading = false;
      await this.#rest();
    };
    this.#election = electLeader({
      api,
      clock,
      random,
      log,
      identity,
      lease: { namespace: leaseNamespace, name: service },
      onLead,
    });
  }

  #lead(): void {
    this.#isLeading = true;
    this.#history.start((reconciler) => this.#caches?.of(reconciler.kind).list() ?? []);
    this.#outbox.start();
    for (const worker of this.#workers) worker.start();
    this.#ear.start(this.#workers);
    this.#wakers.start(this.#workers);
  }

  async #rest(): Promise<void> {
    const { clock } = this.#options;
    this.#wakers.stop();
    const ending = [this.#ear.stop(), ...this.#workers.map((worker) => worker.stop())];
    await within(clock, drainMs, Promise.all(ending));
    this.#isLeading = false;
    await this.#history.stop(recordsMs);
    this.#outbox.stop();
  }

  /** Answers on the bus; when it is away, tries again: what is asked over it is a convenience. */
  async #respond(): Promise<void> {
    const { bus, service, reconcilers, clock, log } = this.#options;
    const kinds = reconcilers.map(({ kind }) => kind.kind);
    while (!this.#ending.signal.aborted) {
      try {
        this.#subscriptions = await respondFor(bus, service, kinds, {
          history: (kind, { limit, ...key }) => this.history(kind, key, limit),
          plan: (kind, key) => this.plan(kind, key),
          why: async (kind, key) => {
            this.#existing(kind, key);
            return whyForOthers({ workersOf: (name) => this.#workersOf(name) }, referenceOf(kind, key));
          },
        });
        return;
      } catch (error) {
        log.warn(`requests about objects cannot be answered yet: ${messageOf(error)}`);
        await sleep(clock, respondAgainMs, this.#ending.signal).catch(() => undefined);
      }
    }
  }

  #workersOf(kind: string): readonly Worker[] {
    return this.#workers.filter(({ kit }) => kit.reconciler.kind.kind === kind);
  }

  /** @throws Failure notFound, or transient while the caches are not full */
  #existing(kind: string, key: ObjectKey): { workers: readonly Worker[]; object: KubeObject } {
    if (this.#caches === undefined) throw transient('the caches are not full yet', { reason: 'NotReady' });
    const workers = this.#workersOf(kind);
    const [first] = workers;
    if (first === undefined)
      throw notFound(`${this.#options.service} has no reconciler of ${kind}`, { reason: 'UnknownKind' });
    const object = this.#written.latest(
      first.kit.reconciler.kind,
      key,
      this.#caches.of(first.kit.reconciler.kind).get(key),
    );
    if (object === undefined) throw notFound(`there is no ${referenceText(referenceOf(kind, key))}`);
    return { workers, object };
  }
}

function heldBy(workers: readonly Worker[], key: ObjectKey, as: Holds): Outcome | undefined {
  return workers
    .filter(({ kit }) => kit.reconciler.holds === as)
    .map((worker) => worker.memoryOf(key)?.outcome)
    .find((outcome) => outcome?.type === 'waiting' || outcome?.type === 'blocked');
}

function referenceOf(kind: string, { namespace, name }: ObjectKey): { kind: string; namespace?: string; name: string } {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** Resolves with `work`, or after `ms` without it. */
function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.schedule(ms, resolve);
    void work.finally(() => {
      timer.cancel();
      resolve();
    });
  });
}
