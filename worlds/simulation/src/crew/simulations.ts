import { systemClock } from '@keelson/std';
import { type RunOptions, type RunReport, run } from '../run.js';
import { type UpdateReport, type UpdateRunOptions, runUpdate } from '../updates/update-run.js';

/** Options by what a world is of. */
export interface Options {
  readonly platform: RunOptions;
  readonly update: UpdateRunOptions;
}

/** What a world showed, by what it was of. */
export interface Reports {
  readonly platform: RunReport;
  readonly update: UpdateReport;
}

/** One world to be run. */
export interface Simulation<K extends keyof Reports = keyof Reports> {
  readonly of: K;
  readonly options: Options[K];
}

export type Timed<R> = R & { readonly wallMs: number };

const runs: { readonly [K in keyof Reports]: (options: Options[K]) => Promise<Reports[K]> } = {
  platform: run,
  update: runUpdate,
};

/** Runs one world in this thread. */
export async function simulated<K extends keyof Reports>({ of, options }: Simulation<K>): Promise<Timed<Reports[K]>> {
  const begun = systemClock.elapsed();
  const report = await runs[of](options);
  return { ...report, wallMs: Math.round(systemClock.elapsed() - begun) };
}
