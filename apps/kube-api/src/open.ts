import { type Engine, WriterLost } from '@keelson/kube-server';
import { type BackoffPolicy, type Clock, type Log, type Random, backoffSeconds, messageOf, sleep } from '@keelson/std';

export interface PatienceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A database that starts beside us is there within seconds. */
const patience: BackoffPolicy = { firstSeconds: 0.2, maxSeconds: 5, factor: 1.6 };

/**
 * Opens the engine, again and again while the database does not answer.
 *
 * @throws WriterLost when another process has become the writer meanwhile: two would fight for ever
 */
export async function openPatiently(open: () => Promise<Engine>, options: PatienceOptions): Promise<Engine> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (error instanceof WriterLost) throw error;
      const seconds = backoffSeconds(patience, attempt, options.random);
      options.log.warn(`the database cannot be used yet, next try in ${seconds.toFixed(1)} s: ${messageOf(error)}`, {
        attempt,
      });
      await sleep(options.clock, seconds * 1000);
    }
  }
}
