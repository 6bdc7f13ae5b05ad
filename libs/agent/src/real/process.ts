import { spawn } from 'node:child_process';
import type { RunResult } from '../runner.js';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** How much of the output is kept: its end, where the cause stands. */
const keptCharacters = 4_000;

/**
 * Runs a program in a process group of its own, so that an abort reaches its children too. Never rejects: a program
 * that cannot be started is a result with exit code 127.
 */
export function runCommand(command: Command): Promise<RunResult> {
  return new Promise((resolve) => {
    let tail = '';
    const child = spawn(command.file, [...command.args], {
      cwd: command.cwd,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const keep = (chunk: Buffer): void => void (tail = (tail + chunk.toString('utf8')).slice(-keptCharacters));
    const stop = (): void => killGroup(child.pid);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    command.signal.addEventListener('abort', stop, { once: true });
    if (command.signal.aborted) stop();
    child.on('error', (error) =>
      resolve({ exitCode: 127, message: `${command.file} cannot be started: ${error.message}` }),
    );
    child.on('close', (code, signal) => {
      command.signal.removeEventListener('abort', stop);
      const ended = signal === null ? '' : `\nended by ${signal}`;
      resolve({ exitCode: code ?? 128, message: `${tail.trim()}${ended}` });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
