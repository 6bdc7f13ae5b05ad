import { sleep, systemClock, transient } from '@keelson/std';

/** How long something may take, and how it is called when it takes longer. */
export interface Wait {
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
}

/**
 * Asks again until there is an answer.
 *
 * @param ask undefined for not yet
 * @throws Failure transient after the time, with what `why` says then
 */
export async function until<T>(
  { what, withinMs, everyMs = 500 }: Wait,
  ask: () => Promise<T | undefined> | T | undefined,
  why: () => string = () => '',
): Promise<T> {
  const deadline = systemClock.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (systemClock.now() > deadline)
      throw transient(`${what} did not happen within ${withinMs / 1000} s. ${why()}`.trim(), { reason: 'Timeout' });
    await sleep(systemClock, everyMs);
  }
}
