import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { type Failure, transient } from '@keelson/std';

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Resolves once the child has written `sign` to its standard error.
 *
 * @throws Failure transient with its last words when it ended or `timeoutMs` passed first
 */
export function serving(child: ChildProcess, name: string, sign: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const failed = (what: string): Failure =>
      transient(`${name} ${what}: ${said.trim().split('\n').slice(-5).join(' | ')}`);
    const timer = setTimeout(() => reject(failed(`was not ready after ${timeoutMs} ms`)), timeoutMs);
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4000);
      if (said.includes(sign)) done(resolve);
    });
    child.once('error', (error) => done(() => reject(transient(`${name} could not be started`, { cause: error }))));
    child.once('exit', (code, signal) => done(() => reject(failed(`ended with ${signal ?? code}`))));
  });
}

/** Signals a child and resolves when it is gone; after ten seconds it is killed. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill(signal);
  });
}

/** Kills the child when this process ends without having stopped it, so that a broken test leaves nothing behind. */
export function diesWithUs(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
}
