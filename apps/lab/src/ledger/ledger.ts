/** What was done to a server that cannot be undone, or that takes its work down. */
export type DestructiveAction = 'wipe' | 'powerOff' | 'reset';

export interface LedgerEntry {
  /** RFC 3339 would be kinder to read; oracles compare, so it is milliseconds since the epoch. */
  readonly at: number;
  readonly server: string;
  readonly action: DestructiveAction;
  /** What asked for it: the instance id of an installation, or the boot id of the power cycle that ended. */
  readonly key: string;
  /** The stage it hit, such as `os` for a running host. */
  readonly stage: string;
}

/** Entries of one page: what is written to disk at once when one more comes. */
export const pageSize = 200;

/**
 * The data centre's own book of destructive actions. It counts what happened to the servers, whatever the services
 * believe they did: oracles and tests read it.
 */
export class Ledger {
  readonly #entries: LedgerEntry[];
  readonly #onChange: (page: number) => void;

  /** @param onChange told the number of the page that has a new entry */
  constructor(entries: readonly LedgerEntry[] = [], onChange: (page: number) => void = () => {}) {
    this.#entries = [...entries];
    this.#onChange = onChange;
  }

  record(entry: LedgerEntry): void {
    this.#entries.push(entry);
    this.#onChange(Math.floor((this.#entries.length - 1) / pageSize));
  }

  page(number: number): readonly LedgerEntry[] {
    return this.#entries.slice(number * pageSize, (number + 1) * pageSize);
  }

  entries(server?: string): readonly LedgerEntry[] {
    return server === undefined ? [...this.#entries] : this.#entries.filter((entry) => entry.server === server);
  }

  /** Wipes that hit the same server for the same installation more than once: none in a right world. */
  repeatedWipes(): readonly LedgerEntry[] {
    const seen = new Set<string>();
    return this.#entries.filter((entry) => {
      if (entry.action !== 'wipe') return false;
      const id = `${entry.server}|${entry.key}`;
      const isRepeat = seen.has(id);
      seen.add(id);
      return isRepeat;
    });
  }
}
