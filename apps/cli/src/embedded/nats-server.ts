import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { terminal } from '@keelson/std';
import type { Layout } from './layout.js';

/**
 * The path of a nats-server: `$KEELSON_NATS_SERVER`, one on PATH, one fetched before, or Debian's package unpacked below
 * the home folder. The package is only unpacked, never installed, so that no system service starts.
 *
 * @throws Failure terminal, saying what to do by hand, when none can be had
 */
export function ensureNatsServer(layout: Layout, say: (line: string) => void): string {
  const known = findNatsServer(layout);
  if (known !== undefined) return known;
  say("fetching Debian's nats-server package");
  const folder = join(layout.tools, 'nats-server');
  mkdirSync(folder, { recursive: true });
  if (!download(folder) && process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', timeout: 300_000 });
    download(folder);
  }
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw terminal(howToGetIt);
  spawnSync('dpkg-deb', ['-x', join(folder, archive), folder], { stdio: 'ignore', timeout: 60_000 });
  rmSync(join(folder, archive));
  const unpacked = findNatsServer(layout);
  if (unpacked === undefined) throw terminal(howToGetIt);
  return unpacked;
}

const howToGetIt =
  'nats-server is missing and could not be fetched. Install it (Debian and Ubuntu: apt-get install nats-server) or set KEELSON_NATS_SERVER to its path, then run this again.';

/** A nats-server that is already here; undefined when there is none. */
export function findNatsServer(layout: Layout): string | undefined {
  const onPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((folder) =>
    join(folder, 'nats-server'),
  );
  const candidates = [
    process.env.KEELSON_NATS_SERVER,
    ...onPath,
    join(layout.tools, 'nats-server', 'usr', 'sbin', 'nats-server'),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}

function download(folder: string): boolean {
  const result = spawnSync('apt-get', ['download', '-q', 'nats-server'], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 300_000,
  });
  return result.status === 0;
}
