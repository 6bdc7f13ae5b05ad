import { keyText, type ObjectKey } from '@keelson/api';
import type { Checked } from './check.js';

/** Older than this a result says nothing any more. Milliseconds. */
const freshMs = 300_000;

/** What some applications of clouds last said. Kept in memory: they are asked again within a minute of a start. */
export class LatestChecks {
  /** Whether an application is one of those that are asked. */
  readonly isAbout: (application: string) => boolean;
  readonly #latest = new Map<string, { readonly at: number; readonly checked: readonly Checked[] }>();
  readonly #listeners = new Set<(key: ObjectKey) => void>();

  constructor(isAbout: (application: string) => boolean) {
    this.isAbout = isAbout;
  }

  note(key: ObjectKey, at: number, checked: readonly Checked[]): void {
    this.#latest.set(keyText(key), { at, checked });
    for (const listener of this.#listeners) listener(key);
  }

  forget(key: ObjectKey): void {
    this.#latest.delete(keyText(key));
  }

  /** When a cloud was last asked; undefined when it was not. */
  askedAt(key: ObjectKey): number | undefined {
    return this.#latest.get(keyText(key))?.at;
  }

  /** What was found; stale results read Unknown, undefined says that nothing was asked yet. */
  of(key: ObjectKey, now: number): readonly Checked[] | undefined {
    const latest = this.#latest.get(keyText(key));
    if (latest === undefined || now - latest.at <= freshMs) return latest?.checked;
    return latest.checked.map(({ application, component }) => ({
      application,
      component,
      finding: 'Unknown',
      message: 'it was not asked for minutes',
    }));
  }

  /** @returns how to stop listening */
  onNews(listener: (key: ObjectKey) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
