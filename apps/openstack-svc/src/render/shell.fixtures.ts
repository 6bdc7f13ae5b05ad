import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** A real shell for scripts of nodes, in a folder of its own for each test; programs are stand-ins that write to `$CALLS`. */
export interface Shell {
  /** A file of the folder; without a name the folder itself. */
  readonly path: (name?: string) => string;
  /** A stand-in: the body of a shell script. */
  readonly program: (name: string, body: string) => void;
  /** Runs a script to its end. Returns the lines that stand-ins wrote down. */
  readonly run: (text: string, environment?: Readonly<Record<string, string>>) => readonly string[];
}

export function aShell(...words: readonly string[]): Shell {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-shell-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: (name = '') => join(folder, name),
    program: (name, body) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, name), 0o755);
    },
    run: (text, environment = {}) => {
      writeFileSync(join(folder, 'script.sh'), text);
      const calls = join(folder, 'calls');
      const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, CALLS: calls, ...environment };
      execFileSync('sh', [join(folder, 'script.sh'), ...words], { env, stdio: 'pipe' });
      return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
    },
  };
}
