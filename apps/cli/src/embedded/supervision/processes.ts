import { readFileSync } from 'node:fs';
import { sleep, systemClock } from '@keelson/std';

/** A process for certain: a pid alone may have been given to another process since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started, from /proc/<pid>/stat. */
  readonly startTicks: number;
}

/** The identity of a living process; undefined when there is none of that pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : { pid, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** Whether that very process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Ends a process: a polite signal, then, after `graceMs`, SIGKILL. Resolves when it is gone. */
export async function endProcess(identity: ProcessIdentity, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  for (const [next, waitMs] of [
    [signal, graceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isAlive(identity)) return;
    try {
      process.kill(identity.pid, next);
    } catch {
      return;
    }
    const until = systemClock.now() + waitMs;
    while (isAlive(identity) && systemClock.now() < until) await sleep(systemClock, 25);
  }
}
