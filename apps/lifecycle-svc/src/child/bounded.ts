import { type Clock, transient } from '@keelson/std';

/**
 * A call that is given up after a while, whether it heeds its signal or not.
 *
 * @throws Failure transient with reason `Timeout`, or what the call throws
 */
export function bounded<T>(
  clock: Clock,
  seconds: number,
  what: string,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = new AbortController();
    const timer = clock.schedule(seconds * 1000, () => {
      const failure = transient(`${what}: no answer within ${seconds} s`, { reason: 'Timeout' });
      abort.abort(failure);
      reject(failure);
    });
    const end = (finish: () => void): void => {
      timer.cancel();
      finish();
    };
    call(abort.signal).then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error as Error)),
    );
  });
}
