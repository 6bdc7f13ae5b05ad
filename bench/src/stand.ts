import { Installation } from '@keelson/e2e';
import { systemClock } from '@keelson/std';

/** Which of the installations beside each other a bench uses; the end-to-end tests have 0 and 1. Another one lets two benches run at once. */
const benchIndex = Number(process.env.KEELSON_BENCH_INDEX ?? 5);

/** A fresh installation that is removed after `work`, however that ends; also when the bench is told to end before. */
export async function inInstallation<A>(work: (here: Installation) => Promise<A>): Promise<A> {
  const here = new Installation(benchIndex);
  const giveUp = (): void => void here.remove().finally(() => process.exit(1));
  process.once('SIGTERM', giveUp);
  process.once('SIGINT', giveUp);
  try {
    return await work(here);
  } finally {
    await here.remove();
  }
}

/** `./keelson` in the installation, of which success is expected; how many seconds it took. */
export async function timed(here: Installation, ...args: string[]): Promise<number> {
  const begun = systemClock.now();
  const ran = await here.keelson(...args);
  if (ran.code !== 0) throw new Error(`keelson ${args.join(' ')} exited ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return (systemClock.now() - begun) / 1000;
}
