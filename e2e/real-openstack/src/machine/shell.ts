import { spawn } from 'node:child_process';
import { terminal, transient } from '@keelson/std';

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with every line of output, for commands that take long. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const defaultTimeoutMs = 60_000;
const tailLength = 2000;

/** Runs a program to its end. @throws Failure transient when it does not end in time; its code is the caller's to judge */
export function command(
  program: string,
  args: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, onLine }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let [stdout, stderr, isLate] = ['', '', false];
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const read = (chunk: Buffer): string => {
      const text = chunk.toString('utf8');
      if (onLine !== undefined) text.trimEnd().split('\n').forEach(onLine);
      return text;
    };
    child.stdout.on('data', (chunk: Buffer) => (stdout += read(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (stderr += read(chunk)));
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(terminal(`${program} could not be started: ${cause.message}`, { reason: 'NoProgram', cause }));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (isLate) reject(transient(`${program} ${args.join(' ')} did not end within ${timeoutMs / 1000} s`));
      else resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

/** What the program printed. @throws Failure terminal with the end of its errors when its code is not 0 */
export async function output(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await command(program, args, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() === '' ? stdout : stderr).slice(-tailLength);
  throw terminal(`${program} ${args.join(' ')} ended with ${code}: ${said}`, { reason: 'CommandFailed' });
}

/** Text as one word of a shell. */
export function word(text: string | number): string {
  return `'${String(text).replaceAll("'", String.raw`'\''`)}'`;
}
