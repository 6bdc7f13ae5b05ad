import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, terminal } from '@keelson/std';
import type { Home } from '../home.js';
import type { DebianSuite } from './packages.js';
import { rootFilesystem } from './root-filesystem.js';
import { output, word } from './shell.js';

/** A lane with a machine of its own. */
export interface Lane {
  readonly name: string;
  readonly home: Home;
  readonly suites: readonly DebianSuite[];
  /** Before the machine starts, with the root filesystems of the suites. */
  readonly prepare?: (trees: readonly string[]) => Promise<void>;
  /** What runs inside: its arguments are the file of the result and the root filesystems. */
  readonly program: string;
}

const tools = { debootstrap: 'debootstrap', unshare: 'util-linux', nsenter: 'util-linux', ip: 'iproute2' };
const machineNamespaces = [
  '--mount',
  '--net',
  '--uts',
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Makes root filesystems, then a machine of namespaces, and runs a lane in it. Everything that runs there is below one process
 * that ends with this one, however this one ends: no mount, namespace or process is left.
 *
 * @param report the file that has the result in the end
 */
export async function runLane(lane: Lane, report: string): Promise<void> {
  endWithParent();
  try {
    process.exitCode = await begun(lane, report);
  } catch (error) {
    process.stderr.write(`${lane.name}: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

async function begun({ home, suites, prepare, program }: Lane, report: string): Promise<number> {
  if (process.getuid?.() !== 0) throw terminal('the lane makes namespaces and mounts: run it as root');
  mkdirSync(home.directory, { recursive: true, mode: 0o711 });
  const release = lock(home.lock);
  try {
    await installTools();
    const trees: string[] = [];
    for (const suite of suites) trees.push(await rootFilesystem(home.directory, suite, say));
    await prepare?.(trees);
    wipe(home);
    const code = await runMachine(home, [program, report, ...trees]);
    wipe(home);
    return code;
  } finally {
    release();
  }
}

/** @throws Failure terminal while another lane runs */
function lock(path: string): () => void {
  const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (holder > 0 && existsSync(`/proc/${holder}`)) throw terminal(`the lane runs already, as process ${holder}`);
  rmSync(path, { force: true });
  const file = openSync(path, 'wx');
  writeFileSync(file, String(process.pid));
  closeSync(file);
  return () => rmSync(path, { force: true });
}

/** Whoever started the lane may be killed: nobody would read what it finds. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

async function installTools(): Promise<void> {
  const missing = Object.entries(tools).flatMap(([program, name]) =>
    spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? [] : [name],
  );
  if (missing.length === 0) return;
  say(`installing ${missing.join(', ')}`);
  const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${missing.map(word).join(' ')}`;
  await output('sh', ['-c', install], { timeoutMs: 600_000 });
}

/** Away with a run, but for its logs. */
function wipe({ run }: Home): void {
  if (!existsSync(run)) return;
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(run)) throw terminal(`something is mounted below ${run}`);
  for (const name of readdirSync(run)) if (name !== 'logs') rmSync(join(run, name), { recursive: true, force: true });
}

function runMachine(home: Home, words: readonly string[]): Promise<number> {
  rmSync(join(home.run, 'logs'), { recursive: true, force: true });
  mkdirSync(home.run, { recursive: true, mode: 0o711 });
  const resolver = join(home.run, 'resolv.conf');
  writeFileSync(resolver, 'nameserver 10.77.0.1\n');
  const init = [
    'hostname keelson-lane',
    'mount -t tmpfs -o mode=755 run /run',
    `mount --bind ${word(resolver)} "$(readlink -f /etc/resolv.conf)" || exit 1`,
    `${word(process.execPath)} ${words.map(word).join(' ')} &`,
    'wait $!',
  ].join('\n');
  const machine = [
    '--pdeathsig',
    'KILL',
    'unshare',
    ...machineNamespaces,
    '--propagation',
    'private',
    'bash',
    '-c',
    init,
  ];
  const child = spawn('setpriv', machine, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
