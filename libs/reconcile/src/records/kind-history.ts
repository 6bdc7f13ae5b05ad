import type { Kind, KubeObject } from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import type { HistoryEntry, LastState } from '@keelson/store';
import { isLater } from '../kinds.js';
import type { Machine } from '../reconciler.js';
import { progressOf } from '../report/progress.js';
import { statusOf } from '../report/status-write.js';
import type { Expectations } from './expectations.js';
import { transitionId } from './transition-id.js';

/** What is seen before the recorded states are known waits, up to this many. */
const mostEarly = 10_000;

interface Known {
  readonly state: string;
  readonly resourceVersion: string | undefined;
}

/** An object that was there when last recorded and is no more. */
export interface Vanished {
  readonly uid: string;
  readonly last: LastState;
}

interface Observation {
  readonly object: KubeObject;
  readonly isGone: boolean;
  readonly at: number;
}

/** The states of one kind's objects as recorded; until those of an earlier life are known, what is seen waits. */
export class KindHistory {
  readonly kind: Kind;
  readonly #machine: Machine<KubeObject>;
  readonly #expectations: Expectations;
  readonly #known = new Map<string, Known>();
  /** Objects there were at the start, and those seen until the recorded states were read. */
  readonly #seen = new Set<string>();
  #recorded: ReadonlyMap<string, LastState> | undefined;
  #early: Observation[] = [];

  constructor(kind: Kind, machine: Machine<KubeObject>, expectations: Expectations) {
    this.kind = kind;
    this.#machine = machine;
    this.#expectations = expectations;
  }

  get isLearned(): boolean {
    return this.#recorded !== undefined;
  }

  get name(): string {
    return this.kind.kind;
  }

  begin(present: readonly KubeObject[], at: number): HistoryEntry[] {
    return present.flatMap((object) => this.observe({ object, isGone: false, at }));
  }

  hasSeen(uid: string): boolean {
    return this.#seen.has(uid);
  }

  learn(recorded: ReadonlyMap<string, LastState>): HistoryEntry[] {
    this.#recorded = recorded;
    this.#seen.clear();
    return this.#early.splice(0).flatMap((observation) => this.observe(observation));
  }

  forget(): void {
    this.#recorded = undefined;
    this.#seen.clear();
    this.#known.clear();
    this.#early = [];
  }

  /** The entries that an observation adds: one when the state differs from the last, else none. */
  observe(observation: Observation): HistoryEntry[] {
    const { object, isGone } = observation;
    const { uid, resourceVersion } = object.metadata;
    if (uid === undefined) return [];
    if (this.#recorded === undefined) {
      this.#seen.add(uid);
      if (this.#early.length < mostEarly) this.#early.push(observation);
      return [];
    }
    const known = this.#known.get(uid);
    if (known !== undefined && !isGone && !isLater(resourceVersion, known.resourceVersion)) return [];
    const from = known?.state ?? this.#recorded.get(uid)?.state ?? '';
    const to = isGone ? '' : this.#machine.stateOf(object);
    if (isGone) this.#known.delete(uid);
    else this.#known.set(uid, { state: to, resourceVersion });
    if (from === to) return [];
    return [this.#entry(observation, { uid, from, to })];
  }

  /** The last entry of an object that went while nobody watched: the same, whichever process finds it. */
  closed({ uid, last: { namespace, name, state: from } }: Vanished, at: number): HistoryEntry {
    const transition: Transition = {
      id: transitionId({ kind: this.name, uid, from, to: '', resourceVersion: '' }),
      kind: this.name,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      from,
      to: '',
      at: new Date(at).toISOString(),
      why: `${this.name} ${name} is gone; it went while no process watched`,
    };
    return { transition };
  }

  #entry(
    { object, isGone, at }: Observation,
    { uid, from, to }: { uid: string; from: string; to: string },
  ): HistoryEntry {
    const { namespace, name, resourceVersion = '' } = object.metadata;
    const transition: Transition = {
      id: transitionId({ kind: this.name, uid, from, to, resourceVersion }),
      kind: this.name,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      from,
      to,
      at: new Date(at).toISOString(),
      why: isGone ? `${object.kind} ${name} is gone` : this.#why(object, uid, { from, to }),
    };
    const subject = this.#machine.news?.[to]?.subject;
    return subject === undefined ? { transition } : { transition, subject };
  }

  #why(object: KubeObject, uid: string, { from, to }: { from: string; to: string }): string {
    // Seen before its first status: nothing but its creation brought it here.
    if (from === '' && statusOf(object) === undefined) return `${object.kind} ${object.metadata.name} was made`;
    return (
      this.#expectations.take(uid, to) ??
      progressOf(object)?.message ??
      this.#machine.table.states[to]?.meaning ??
      'the status says so'
    );
  }
}
