import type { PassEnd, ReconcileMetrics } from '@keelson/reconcile';

type Priority = Parameters<ReconcileMetrics['waited']>[1];

/** What the services of a world did, counted by reconciler. */
export interface Tally {
  /** Passes, by reconciler and how they ended. */
  readonly passes: Readonly<Record<string, number>>;
  /** Objects taken into work, by reconciler and what for. */
  readonly looks: Readonly<Record<string, number>>;
  /** Writes to the API by reconciler, verb and kind. */
  readonly writes: Readonly<Record<string, number>>;
}

/** Counts what all reconcilers of a world do, whichever life their process is in. */
export class TallyMetrics implements ReconcileMetrics {
  readonly #passes = new Map<string, number>();
  readonly #looks = new Map<string, number>();
  readonly #writes = new Map<string, number>();

  pass(reconciler: string, end: PassEnd): void {
    count(this.#passes, `${reconciler} ${end}`);
  }

  waited(reconciler: string, priority: Priority): void {
    count(this.#looks, `${reconciler} ${priority}`);
  }

  apiWrite(reconciler: string, verb: string, kind: string): void {
    count(this.#writes, `${reconciler} ${verb} ${kind}`);
  }

  depth(): void {}
  workInProgress(): void {}
  statusWrite(): void {}
  retry(): void {}

  tally(): Tally {
    return { passes: sorted(this.#passes), looks: sorted(this.#looks), writes: sorted(this.#writes) };
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function sorted(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
