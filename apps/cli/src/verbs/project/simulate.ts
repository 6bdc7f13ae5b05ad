import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { layoutHere } from '../../embedded/layout.js';
import type { Verb } from '../verb.js';

export const simulate: Verb = {
  name: 'simulate',
  summary: 'run the whole platform under virtual time from a seed, with faults, and check the oracles',
  usage: [
    '--seed TEXT           what to run; a failing seed replays exactly (default 1)',
    '--seeds N             run N seeds: from a numeric --seed on by counting, else --seed-1 to --seed-N',
    '--servers N           simulated servers (default 50)',
    '--updates N           instead: N updates of a small cluster that stands, from --seed on, with whatever may happen to them',
    '--openstack N         of --updates every Nth carries a cloud, on which the real openstack-svc acts (default none)',
    '--faults LIST         all, none, or names separated by commas (default all)',
    '--jobs N              seeds at a time, each in a thread of its own (default as many as there are cores)',
    '--limit SECONDS       virtual seconds until everything must have converged (default 14400)',
    '--json                the report as JSON',
  ],
  run: (args) => runProgram(join('worlds', 'simulation', 'dist', 'main.js'), args),
};

/** Runs one of the project's own programs in the foreground and gives its exit code. */
export function runProgram(path: string, args: readonly string[]): Promise<number> {
  const { root } = layoutHere();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, path), ...args], { stdio: 'inherit', env: process.env });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
