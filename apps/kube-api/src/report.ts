import type { Engine } from '@keelson/kube-server';
import type { Clock, Log } from '@keelson/std';
import type { WriteCounts } from './counted-log.js';

export interface ReportOptions {
  readonly counts: Readonly<WriteCounts>;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 60_000;

/** A line each minute that says how much was written; none while nothing is. */
export function reportWrites({ counts, engine, clock, log }: ReportOptions): void {
  let before = counts.writes;
  const again = (): void => {
    clock.schedule(everyMs, () => {
      const { writes, commits, byResource } = counts;
      if (writes !== before)
        log.info('writes', {
          inLastMinute: writes - before,
          sinceStart: writes,
          byResource,
          commits,
          revision: engine.registry.store.revision,
        });
      before = writes;
      again();
    });
  };
  again();
}
