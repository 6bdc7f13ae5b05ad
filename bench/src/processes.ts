import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one process has used since its start. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Peak of its resident memory. */
  readonly peakRssMiB: number;
}

/** Figures of each named process; those that are gone are left out. */
export function usageOf(pids: ReadonlyMap<string, number>): Record<string, Usage> {
  const named = new Set(pids.values());
  return Object.fromEntries(
    [...pids].flatMap(([name, pid]) => {
      const usage = usageOfTree(pid, named);
      return usage === undefined ? [] : [[name, usage]];
    }),
  );
}

/** How much more was used from `before` to `after`; peaks are those of `after`. */
export function usedBetween(
  before: Readonly<Record<string, Usage>>,
  after: Readonly<Record<string, Usage>>,
): Record<string, Usage> {
  return Object.fromEntries(
    Object.entries(after).map(([name, { cpuSeconds, peakRssMiB }]) => [
      name,
      { cpuSeconds: rounded(cpuSeconds - (before[name]?.cpuSeconds ?? 0)), peakRssMiB },
    ]),
  );
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/**
 * A process with its children: PostgreSQL works in processes of its own. Shared memory counts in each of them. Those that
 * have a name of their own are not counted twice: all are children of the supervisor.
 */
function usageOfTree(pid: number, named: ReadonlySet<number>): Usage | undefined {
  const all = [pid, ...childrenOf(pid).filter((child) => !named.has(child))].flatMap((each) => usageOfOne(each) ?? []);
  if (all.length === 0) return undefined;
  return {
    cpuSeconds: rounded(sum(all.map((usage) => usage.cpuSeconds))),
    peakRssMiB: Math.round(sum(all.map((usage) => usage.peakRssMiB))),
  };
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** From /proc (proc(5)): utime, stime and those of children waited for, fields 14 to 17 of stat; VmHWM of status. */
function usageOfOne(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const peakKiB = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return { cpuSeconds: sum(fields.slice(11, 15)) / ticksPerSecond, peakRssMiB: peakKiB / 1024 };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
