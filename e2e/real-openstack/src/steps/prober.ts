import { sleep, systemClock } from '@keelson/std';
import { serviceUrl } from '../cloud/api.js';

/** Documents that need no token, by API; what is below 400 is an answer. */
const documents = {
  keystone: serviceUrl('keystone-api', 5000, '/v3'),
  glance: serviceUrl('glance-api', 9292, '/versions'),
  placement: serviceUrl('placement-api', 8778, '/'),
  nova: serviceUrl('nova-api', 8774, '/'),
  neutron: serviceUrl('neutron-server', 9696, '/'),
  cinder: serviceUrl('cinder-api', 8776, '/'),
  designate: serviceUrl('designate-api', 9001, '/'),
} as const;

const everyMs = 500;
const timeoutMs = 5000;

interface Count {
  asked: number;
  failed: number;
  /** Longest time without an answer, in milliseconds. */
  longestMs: number;
  since: number | undefined;
}

/** Asks every API twice a second, and counts what was not answered. */
export class Prober {
  readonly #counts = new Map<string, Count>();
  #isStopped = false;

  start(): void {
    for (const [name, url] of Object.entries(documents)) {
      const count: Count = { asked: 0, failed: 0, longestMs: 0, since: undefined };
      this.#counts.set(name, count);
      void this.#ask(url, count);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** `nova 3 of 120, away 1.5 s at most`, for each API that failed; how many requests there were in all. */
  told(): string {
    const counts = [...this.#counts];
    const all = counts.reduce((sum, [, { asked }]) => sum + asked, 0);
    const bad = counts.filter(([, { failed }]) => failed > 0);
    const said = bad.map(
      ([name, { asked, failed, longestMs }]) =>
        `${name} ${failed} of ${asked}, away ${(longestMs / 1000).toFixed(1)} s at most`,
    );
    return `${all} requests, ${said.length === 0 ? 'none failed' : `failed: ${said.join('; ')}`}`;
  }

  async #ask(url: string, count: Count): Promise<void> {
    while (!this.#isStopped) {
      const begun = systemClock.now();
      const isAnswered = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) }).then(
        ({ status }) => status < 400,
        () => false,
      );
      count.asked++;
      if (!isAnswered) {
        count.failed++;
        count.since ??= begun;
      }
      if (count.since !== undefined) count.longestMs = Math.max(count.longestMs, systemClock.now() - count.since);
      if (isAnswered) count.since = undefined;
      await sleep(systemClock, everyMs);
    }
  }
}
