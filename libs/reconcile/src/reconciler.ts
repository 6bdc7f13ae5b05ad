import type { Kind, KubeObject, ObjectKey, PolicyRule } from '@keelson/api';
import type { News, Transition } from '@keelson/contracts';
import type { ApplyOptions, DeleteOptions, IndexFunction, Selection, WriteOptions } from '@keelson/kube';
import type { Plan, PlanResult, Step, StepTable } from './plan.js';
import type { StateTable } from './states.js';

/**
 * A reconciler: what it reads, what it writes, and four functions. The kit runs them in order (observe, plan, apply,
 * report), one object at a time, and hands `observe` only the inputs and `apply` only the outputs.
 *
 * `T` the kind's object type, `W` the world (one readonly snapshot of everything the plan depends on), `S` the steps.
 */
export interface Reconciler<T extends KubeObject, W, S extends Step> {
  /** Its path, such as `baremetal/host`; also the field manager of its writes. */
  readonly name: string;
  readonly kind: Kind<T>;
  /** One sentence for the generated reference. */
  readonly summary: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** News of others on which to look early. The resources stay the truth: nothing is lost when it is. */
  readonly hears?: readonly Hearing[];
  /** Systems that have no watch and are read by `observe`, and how often when nothing else happens. */
  readonly polls?: readonly { readonly system: string; readonly everySeconds: number }[];
  /** Systems that tell of their changes by themselves, such as a watch of another cluster that `observe` reads from. */
  readonly wokenBy?: readonly Waker[];
  /** Objects in work at once. */
  readonly concurrency: number;
  /** Look again after this long even if nothing happened. */
  readonly resyncSeconds: number;
  /** The part of an own object that matters: a change of anything else wakes nobody. The whole object unless given. */
  relevant?(object: T): unknown;
  /** Only when the kind has a state machine. */
  readonly machine?: Machine<T>;
  /**
   * What it waits for holds the object itself, and is told in the progress that the reconciler with the machine writes: `first`
   * before what that one waits for, as its cause; `last` only where it waits for nothing; `also` there, and else in the same
   * sentence after what it waits for.
   */
  readonly holds?: Holds;
  /** All reads. `object` may be on its way to deletion; it is never absent. */
  observe(reader: Reader, object: T): Promise<W>;
  /** Pure: same world, same plan. */
  plan(world: W): Plan<S>;
  readonly steps: StepTable<S>;
  /**
   * Pure: the whole status the object should have, without `progress`, which the kit adds for kinds with a machine.
   * undefined: leave the status alone. The kit writes it once, by server-side apply, only when it changed.
   */
  status(world: W, result: PlanResult<S>): StatusOf<T> | undefined;
  /** Statuses that may wait for others; every one that differs is written as soon as it may be unless given. */
  readonly coalesce?: Coalescing<T>;
  /** Pure: Kubernetes Events worth an operator's attention. Repeats are counted, not written again at once. */
  events?(world: W, result: PlanResult<S>): readonly Announcement[];
}

/** How what a reconciler waits for is told beside what the one with the machine waits for. */
export type Holds = 'first' | 'last' | 'also';

/** A reconciler whose type parameters do not matter to the holder. */
// oxlint-disable-next-line typescript/no-explicit-any -- existential type: a list of reconcilers over different worlds has no other name in TypeScript
export type AnyReconciler = Reconciler<any, any, any>;

export type StatusOf<T> = T extends { status?: infer St } ? NonNullable<St> : never;

/**
 * A status that says the same in other words waits for one that says more, so that many small steps make few writes. What
 * changes the state or the sort of outcome, tells a failure or what was done, or is the first of a process never waits.
 */
export interface Coalescing<T extends KubeObject> {
  /** The newest words are written so long after the first that waited, even if nothing else happens. */
  readonly withinSeconds: number;
  /** Pure: whether `next` differs from what the object shows, parts of others included, in words and counts alone. Both with `progress`, of kinds with a machine. */
  isWording(shown: StatusOf<T>, next: StatusOf<T>): boolean;
}

export interface Machine<T extends KubeObject> {
  readonly table: StateTable;
  /** The state an object is in by its status; the table's `initial` for one without. */
  stateOf(object: T): string;
  /** When the sign of life that the table names was last seen; milliseconds since the epoch. `reader` answers from caches. */
  heardAt?(object: T, reader: Reader): number | undefined;
  /**
   * When an object last got on in its state, milliseconds since the epoch: the deadline counts from there, where that is later than
   * from entering. What it tells must not repeat itself for ever: a count that only grows, up to something finite.
   */
  renewedAt?(object: T): number | undefined;
  /** When all of it will be over, as a sentence, where its status foretells that: told beside what it waits for and would do. */
  outlookOf?(object: T): string | undefined;
  /** News to publish when a state is entered. */
  readonly news?: Readonly<Record<string, News<Transition>>>;
}

export interface Input<I extends KubeObject = KubeObject> {
  readonly kind: Kind<I>;
  /** Own objects to look at when one of these changes. `reader` answers from caches. */
  mapToOwn(object: I, reader: Reader): readonly ObjectKey[];
  /** Only these are read and kept; a service names one selection a kind. All of the kind unless given. */
  readonly selection?: Selection;
  /** The part of an object that matters here: a change of anything else wakes nobody. The whole object unless given. */
  relevant?(object: I): unknown;
  /** Indices that `observe` asks for by name. */
  readonly indices?: Readonly<Record<string, IndexFunction<I>>>;
}

/** Keeps the compiler's eye on one input's type inside a list of different ones. */
export function input<I extends KubeObject>(declaration: Input<I>): Input {
  return declaration as unknown as Input;
}

/** News that makes a reconciler look at objects of its own. Needs a durable consumer in the contracts. */
export interface Hearing {
  readonly news: News<Transition>;
  /** Own objects to look at. It is heard at least once, late at times, and the caches may not show yet what it tells. */
  mapToOwn(transition: Transition, reader: Reader): readonly ObjectKey[];
}

/** A system outside the API that says when something of it has changed. That only makes things early. */
export interface Waker {
  /** What it is, for the generated reference. */
  readonly system: string;
  /** Calls `wake` for every change with what finds the own objects concerned. Gives back how to end it. */
  subscribe(wake: (find: (reader: Reader) => readonly ObjectKey[]) => void): () => void;
}

export interface Output {
  readonly kind: Kind;
  /** exclusive: nobody else writes objects of this kind (or, for the own kind, its status). Of the own kind `patch` holds finalizers. */
  readonly mode: 'exclusive' | 'shared';
  readonly verbs: readonly ('create' | 'apply' | 'patch' | 'delete' | 'status' | 'createToken')[];
  /** Where; in all namespaces unless given. */
  readonly namespaces?: readonly string[];
  /** Only objects of these names. What is created has no name before, as far as rights go: it is applied. */
  readonly names?: readonly string[];
  /** Of roles: all that they may ever say. Nobody gives what he does not have, so the service has it too. */
  readonly gives?: readonly PolicyRule[];
}

/** Reads from the caches of the declared inputs and the own kind. */
export interface Reader {
  /** Milliseconds since the epoch: the one `now` of this pass. */
  readonly now: number;
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): T | undefined;
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[];
  byIndex<T extends KubeObject>(kind: Kind<T>, index: string, value: string): readonly T[];
}

/** Writes to the declared outputs, as the reconciler's own field manager. Same failures as `KubeApi`. */
export interface Writer {
  create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  apply<T extends KubeObject>(
    kind: Kind<T>,
    object: Partial<T> & KubeObject,
    options?: Pick<ApplyOptions, 'force' | 'subresource'>,
  ): Promise<T>;
  patch<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: unknown,
    options?: Pick<WriteOptions, 'subresource'>,
  ): Promise<T>;
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  createToken(
    serviceAccount: ObjectKey,
    request: { audiences?: string[]; expirationSeconds: number },
  ): Promise<{ token: string; expirationTimestamp: string }>;
  /** Adds or removes a finalizer of the own object by compare-and-swap. */
  addFinalizer(object: KubeObject, finalizer: string): Promise<void>;
  removeFinalizer(object: KubeObject, finalizer: string): Promise<void>;
}

export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}
