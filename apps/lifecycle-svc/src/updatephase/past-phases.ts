import { type ObjectKey, keyText } from '@keelson/api';
import type { Transition, UpdatePhase } from '@keelson/contracts';
import type { Records } from '@keelson/store';

/** Kind of the rows: no object, but what was done to a machine in an update. */
export const phaseRows = 'LCMMachineUpdate';

/** Phases of machines in their updates, as rows of the history; those of a machine stay in memory once they were read. */
export class PastPhases {
  readonly #records: Records;
  readonly #rows = new Map<string, readonly Transition[]>();

  constructor(records: Records) {
    this.#records = records;
  }

  async rowsOf(machine: ObjectKey): Promise<readonly Transition[]> {
    const key = keyText(machine);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const rows = await this.#records.history({ kind: phaseRows, ...machine });
    this.#rows.set(key, rows);
    return rows;
  }

  /** Adds a row; one that is there already is skipped. */
  async add(row: Transition): Promise<void> {
    await this.#records.append([{ transition: row }]);
    this.#rows.delete(keyText(row));
  }

  /** The phases of the update that a machine is in, or was in last. */
  async lastOf(machine: ObjectKey): Promise<readonly UpdatePhase[]> {
    return lastPhases(await this.rowsOf(machine));
  }
}

/** From the last row that left no phase: what followed it, each until the next. */
export function lastPhases(rows: readonly Transition[]): readonly UpdatePhase[] {
  const from = rows.findLastIndex((row) => row.from === '');
  const own = from < 0 ? [] : rows.slice(from);
  return own.flatMap(({ to: name, at: startedAt }, i): UpdatePhase[] => {
    const finishedAt = own[i + 1]?.at;
    return name === '' ? [] : [{ name, startedAt, ...(finishedAt === undefined ? {} : { finishedAt }) }];
  });
}
