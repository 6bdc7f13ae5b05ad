import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunReport, type UpdateReport, replayCommand, updateReplayCommand } from '../src/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * One test a seed: the whole platform with everything that can go wrong. A failure prints how to replay it. The seeds run
 * in a process of their own, compiled, as `./keelson simulate` runs them; one after the other, for other files run beside
 * this.
 */
export function seedsHold(first: number, last: number, servers: number): void {
  let runs: Runs<RunReport> | undefined;
  beforeAll(() => {
    runs = startRuns(first, ['--seeds', String(last - first + 1), '--servers', String(servers), '--jobs', '1']);
  });
  afterAll(() => {
    runs?.child.kill('SIGKILL');
  });

  for (let number = first; number <= last; number += 1) {
    const seed = String(number);
    it(`seed ${seed} holds`, async () => {
      const { converged, violations } = (await runs?.reportOf(seed)) ?? {};
      expect({
        converged,
        violations: violations?.map(({ oracle, what }) => `${oracle}: ${what}`),
        replay: replayCommand({ seed, servers }, 'all'),
      }).toEqual({
        converged: true,
        violations: [],
        replay: expect.any(String),
      });
    });
  }
}

/** One test a seed: an update of a small cluster, each twelfth with a cloud, with whatever may happen to it. A failure prints how to replay it. */
export function updatesHold(first: number, last: number): void {
  let runs: Runs<UpdateReport> | undefined;
  beforeAll(() => {
    runs = startRuns(first, ['--updates', String(last - first + 1), '--openstack', '12', '--jobs', '2']);
  });
  afterAll(() => {
    runs?.child.kill('SIGKILL');
  });

  for (let number = first; number <= last; number += 1) {
    const seed = String(number);
    it(`update ${seed} ends well, or says why not`, async () => {
      const report = await runs?.reportOf(seed);
      expect({
        violations: report?.violations.map(({ oracle, what }) => `${oracle}: ${what}`),
        replay: updateReplayCommand({ seed, openstack: report?.openstack ?? false }, 'all'),
      }).toEqual({ violations: [], replay: expect.any(String) });
    });
  }
}

interface Runs<R> {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves when that seed has run. @throws when the process ended without it */
  reportOf(seed: string): Promise<R>;
}

function startRuns<R extends { readonly seed: string }>(first: number, flags: readonly string[]): Runs<R> {
  compile();
  const args = ['worlds/simulation/dist/main.js', '--seed', String(first), ...flags, '--json'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reports = new Map<string, R>();
  const waiting = new Map<string, () => void>();
  let errors = '';
  let isOver = false;
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as R;
    reports.set(report.seed, report);
    waiting.get(report.seed)?.();
  });
  child.once('close', () => {
    isOver = true;
    for (const tell of waiting.values()) tell();
  });
  return {
    child,
    reportOf: async (seed) => {
      if (!reports.has(seed) && !isOver) await new Promise<void>((resolve) => waiting.set(seed, resolve));
      const report = reports.get(seed);
      if (report === undefined) throw new Error(`the simulation ended before seed ${seed}: ${errors.slice(-4_000)}`);
      return report;
    },
  };
}

/** The seeds run what is compiled, so that must be what is written. */
function compile(): void {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/typescript7/bin/tsc', '-b', 'worlds/simulation'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`the simulation does not compile:\n${stdout}`);
}
