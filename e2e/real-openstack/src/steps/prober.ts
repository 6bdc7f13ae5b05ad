import { type Clock, type Http, messageOf, sleep, systemClock, transient } from '@keelson/std';
import { type Api, serviceUrl } from '../cloud/api.js';

/** Every API: a document that it answers without looking anywhere, and a list that it makes of what its database says. */
const apis = {
  keystone: { document: serviceUrl('keystone-api', 5000, '/v3'), type: 'identity', list: '/users' },
  glance: { document: serviceUrl('glance-api', 9292, '/versions'), type: 'image', list: '/v2/images' },
  placement: { document: serviceUrl('placement-api', 8778, '/'), type: 'placement', list: '/resource_providers' },
  nova: { document: serviceUrl('nova-api', 8774, '/'), type: 'compute', list: '/servers/detail?all_tenants=1' },
  neutron: { document: serviceUrl('neutron-server', 9696, '/'), type: 'network', list: '/v2.0/ports' },
  cinder: { document: serviceUrl('cinder-api', 8776, '/'), type: 'volumev3', list: '/volumes' },
  designate: { document: serviceUrl('designate-api', 9001, '/'), type: 'dns', list: '/v2/zones' },
} as const;

const documentEveryMs = 500;
/** Lists cost two cores time that the upgrade wants. */
const listEveryMs = 5000;
/** As long as a client of the cloud waits: on a machine that others use too, slow is not away. */
const timeoutMs = 20_000;

/** Something that is asked again and again. */
export interface Question {
  readonly name: string;
  readonly everyMs: number;
  /** @throws anything when there is no answer */
  readonly ask: () => Promise<void>;
}

interface Count {
  asked: number;
  failed: number;
  /** Of those that were answered, in milliseconds. */
  slowestMs: number;
  /** Longest time without an answer, in milliseconds. */
  longestMs: number;
  since: number | undefined;
}

/** Asks questions until it is stopped, and counts what was not answered in time. */
export class Prober {
  readonly #questions: readonly Question[];
  readonly #clock: Clock;
  readonly #failed: (line: string) => void;
  readonly #counts = new Map<string, Count>();
  #isStopped = false;

  /** @param failed told of the first failure of each row of them */
  constructor(questions: readonly Question[], failed: (line: string) => void, clock: Clock = systemClock) {
    this.#questions = questions;
    this.#failed = failed;
    this.#clock = clock;
  }

  start(): void {
    for (const question of this.#questions) {
      const count: Count = { asked: 0, failed: 0, slowestMs: 0, longestMs: 0, since: undefined };
      this.#counts.set(question.name, count);
      void this.#keepAsking(question, count);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** `nova 3 of 120, away 1.5 s at most`, for each question that failed; how many requests there were in all, and how slow the slowest was. */
  told(): string {
    const counts = [...this.#counts];
    const all = counts.reduce((sum, [, { asked }]) => sum + asked, 0);
    const bad = counts.filter(([, { failed }]) => failed > 0);
    const said = bad.map(
      ([name, { asked, failed, longestMs }]) =>
        `${name} ${failed} of ${asked}, away ${(longestMs / 1000).toFixed(1)} s at most`,
    );
    const slowest = Math.max(0, ...counts.map(([, { slowestMs }]) => slowestMs)) / 1000;
    return `${all} requests, the slowest answer after ${slowest.toFixed(1)} s, ${said.length === 0 ? 'none failed' : `failed: ${said.join('; ')}`}`;
  }

  async #keepAsking({ name, everyMs, ask }: Question, count: Count): Promise<void> {
    while (!this.#isStopped) {
      const begun = this.#clock.now();
      const trouble = await Promise.race([ask(), this.#tooLate()]).then(
        () => undefined,
        (error: unknown) => messageOf(error),
      );
      count.asked++;
      if (trouble === undefined) count.slowestMs = Math.max(count.slowestMs, this.#clock.now() - begun);
      else {
        count.failed++;
        if (count.since === undefined) this.#failed(`${name}: ${trouble}`);
        count.since ??= begun;
      }
      if (count.since !== undefined) count.longestMs = Math.max(count.longestMs, this.#clock.now() - count.since);
      if (trouble === undefined) count.since = undefined;
      await sleep(this.#clock, everyMs);
    }
  }

  async #tooLate(): Promise<never> {
    await sleep(this.#clock, timeoutMs);
    throw transient(`no answer within ${timeoutMs / 1000} s`);
  }
}

/** Every API's document twice a second, and its list every five seconds as a user of the cloud. */
export function questionsTo(api: Api): readonly Question[] {
  return Object.entries(apis).flatMap(([name, { document, type, list }]) => [
    { name, everyMs: documentEveryMs, ask: () => answers(api.http, document) },
    { name: `${name}'s list`, everyMs: listEveryMs, ask: () => api.send('GET', type, list) },
  ]);
}

/** What is below 400 is an answer. */
async function answers(http: Http, url: string): Promise<void> {
  const { status } = await http({ method: 'GET', url, timeoutMs });
  if (status >= 400) throw transient(`answered with ${status}`);
}
