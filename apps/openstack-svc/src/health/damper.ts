import type { Finding } from './finding.js';

/** What got worse is believed after so long, what got better sooner. Milliseconds. */
const worseMs = 20_000;
const betterMs = 5_000;

interface Pending {
  readonly finding: Finding;
  readonly since: number;
}

/** Keeps a flapping workload from making the cloud's health flap: a change must last before it is told. */
export class Damper {
  readonly #pending = new Map<string, Pending>();

  /** What is to be told of a workload now. @param told what is told so far; undefined: nothing, so the finding is taken as it is */
  damped(id: string, finding: Finding, told: Finding | undefined, now: number): Finding {
    if (told === undefined || finding === told) {
      this.#pending.delete(id);
      return finding;
    }
    const pending = this.#pending.get(id);
    const since = pending?.finding === finding ? pending.since : now;
    // Kept until it is told, which may come later than it is believed.
    this.#pending.set(id, { finding, since });
    return now - since >= lastsMs(finding) ? finding : told;
  }

  /** When the first of the changes that wait may be told, in seconds; undefined when none does. */
  recheckAfterSeconds(now: number): number | undefined {
    const dues = [...this.#pending.values()].map(({ finding, since }) => since + lastsMs(finding) - now);
    const first = Math.min(...dues.filter((due) => due > 0));
    return Number.isFinite(first) ? Math.max(1, Math.ceil(first / 1000)) : undefined;
  }
}

function lastsMs(finding: Finding): number {
  return finding === 'Ready' ? betterMs : worseMs;
}
