import { readdirSync, readFileSync } from 'node:fs';

/** Processes that a process started, as this PID namespace numbers them. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** The process `depth` generations below, each time the first child; undefined while it is not there. */
export function descendantOf(pid: number, depth: number): number | undefined {
  let current: number | undefined = pid;
  for (let generation = 0; generation < depth && current !== undefined; generation++) current = childrenOf(current)[0];
  return current;
}

/** Processes of the session that a process leads or is part of; none when it has ended. */
export function sessionOf(pid: number): readonly number[] {
  const session = sessionIdOf(pid);
  if (session === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((each) => sessionIdOf(each) === session);
}

function sessionIdOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold blanks; the session is the fourth field after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[3];
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends a signal; a process that has ended needs none. */
export function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}
