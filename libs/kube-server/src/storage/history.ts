import { objectOf, textOf } from './json-text.js';
import type { LogEntry } from './log.js';
import type { Stored } from './stored.js';

export interface HistoryLimits {
  /** Entries younger than this are kept, in milliseconds, unless they are too large together. */
  readonly keepMs: number;
  /** At least this many entries are kept. */
  readonly keepEntries: number;
  /** Characters of past states beyond which younger entries go too; 128 Mi when absent. */
  readonly maxCharacters?: number;
  /** So many of the latest entries keep past states as objects, the others as text, which takes time and saves memory. */
  readonly unpackedEntries?: number;
}

/** Five minutes and ten thousand revisions. */
export const defaultHistoryLimits: HistoryLimits = { keepMs: 300_000, keepEntries: 10_000 };

const defaultMaxCharacters = 128 * 1024 ** 2;
/** Most watches that come again ask for no more. */
const defaultUnpackedEntries = 1000;

/**
 * The window of recent writes from which watches are replayed and earlier points in time rebuilt. For every resource it
 * remembers the highest revision that has left the window: whoever starts at or above it has missed nothing, however
 * long ago that was.
 */
export class History {
  readonly #limits: HistoryLimits;
  readonly #floors: Map<string, number>;
  readonly #states = new WeakMap<Stored, State>();
  #entries: Kept[] = [];
  #start = 0;
  #characters = 0;
  #compacted: number;

  constructor(
    limits: HistoryLimits,
    state: { tail: readonly LogEntry[]; floors: ReadonlyMap<string, number>; compacted: number },
    now: number,
  ) {
    this.#limits = limits;
    this.#floors = new Map(state.floors);
    this.#compacted = state.compacted;
    for (const entry of state.tail) this.push(entry, now);
  }

  /** The highest revision that has left the window. */
  get compacted(): number {
    return this.#compacted;
  }

  get floors(): ReadonlyMap<string, number> {
    return this.#floors;
  }

  /** Nothing of the resource after a revision at or above this has been forgotten. */
  floor(resource: string): number {
    return this.#floors.get(resource) ?? 0;
  }

  push({ object, previous, ...entry }: LogEntry, now: number): void {
    const before = previous === undefined ? undefined : this.#stateOf(previous);
    this.#entries.push(new Kept(now, entry, this.#stateOf(object), before));
    const { unpackedEntries = defaultUnpackedEntries } = this.#limits;
    const settled = this.#entries[this.#entries.length - 1 - unpackedEntries];
    if (settled !== undefined) this.#characters += settled.pack();
  }

  /** Entries of the resource after `revision`, ascending. Complete only from the resource's floor on. */
  after(revision: number, resource: string): LogEntry[] {
    const found: LogEntry[] = [];
    for (let i = this.#entries.length - 1; i >= this.#start; i--) {
      const entry = this.#entries[i] as Kept;
      if (entry.revision <= revision) break;
      if (entry.resource === resource) found.push(entry);
    }
    return found.reverse();
  }

  /** Forgets what is both old, or too much, and beyond the number kept; true when something was forgotten. */
  trim(now: number): boolean {
    const { keepMs, keepEntries, maxCharacters = defaultMaxCharacters } = this.#limits;
    const before = this.#start;
    while (this.#entries.length - this.#start > keepEntries) {
      const oldest = this.#entries[this.#start] as Kept;
      if (oldest.at > now - keepMs && this.#characters <= maxCharacters) break;
      this.#floors.set(oldest.resource, oldest.revision);
      this.#compacted = oldest.revision;
      this.#characters -= oldest.characters;
      this.#start += 1;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
      return true;
    }
    return this.#start > before;
  }

  #stateOf(object: Stored): State {
    const known = this.#states.get(object);
    if (known !== undefined) return known;
    const state = new State(object);
    this.#states.set(object, state);
    return state;
  }
}

/** A state that may be past. The entry that made it and the one that ended it hold the same one. */
class State {
  #object: Stored | undefined;
  #text = '';
  #unpacked: WeakRef<Stored> | undefined;

  constructor(object: Stored) {
    this.#object = object;
  }

  get object(): Stored {
    const known = this.#object ?? this.#unpacked?.deref();
    if (known !== undefined) return known;
    const object = objectOf(this.#text);
    this.#unpacked = new WeakRef(object);
    return object;
  }

  /** Keeps the text alone, a third of what the object takes; gives its length. */
  pack(): number {
    if (this.#object === undefined) return 0;
    this.#text = textOf(this.#object);
    this.#object = undefined;
    return this.#text.length;
  }
}

type Unstated = Omit<LogEntry, 'object' | 'previous'>;

/** An entry of the window: its states are read when they are asked for. */
class Kept implements LogEntry {
  readonly at: number;
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: 'put' | 'delete';
  /** Of the states this entry has packed. */
  characters = 0;
  readonly #object: State;
  readonly #previous: State | undefined;

  constructor(at: number, entry: Unstated, object: State, previous: State | undefined) {
    this.at = at;
    this.revision = entry.revision;
    this.resource = entry.resource;
    this.namespace = entry.namespace;
    this.name = entry.name;
    this.type = entry.type;
    this.#object = object;
    this.#previous = previous;
  }

  get object(): Stored {
    return this.#object.object;
  }

  get previous(): Stored | undefined {
    return this.#previous?.object;
  }

  /** What it has ended is past, and so is the last state of what was deleted. */
  pack(): number {
    this.characters = (this.#previous?.pack() ?? 0) + (this.type === 'delete' ? this.#object.pack() : 0);
    return this.characters;
  }
}
