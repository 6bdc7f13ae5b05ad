import { existsSync, readFileSync, watch } from 'node:fs';
import { arch, cpus, hostname, networkInterfaces, release, totalmem, uptime } from 'node:os';
import { type Clock, terminal } from '@keelson/std';
import type { Host } from '../host.js';
import type { Address } from '../machine.js';
import { runCommand } from './process.js';

export interface RealHostOptions {
  readonly clock: Clock;
  /** The address by which the cluster knows this host; the first of the host when absent. */
  readonly internalIP?: string;
  /** Where the system notes what holds for this boot only; `/run` when absent. */
  readonly runFolder?: string;
}

/** This host, read from the operating system. */
export function realHost(options: RealHostOptions): Host {
  // Read once: the uptime in whole steps would make it waver from call to call.
  const bootedAt = options.clock.now() - uptime() * 1000;
  return {
    info: () => ({ addresses: addressesOf(options), bootedAt, details: { ...details(), ...rebootWanted(options) } }),
    onChange: (listener) => watchRebootWanted(options, listener),
    async reboot() {
      const result = await runCommand({
        file: 'systemctl',
        args: ['reboot'],
        env: {},
        cwd: '/',
        signal: new AbortController().signal,
      });
      if (result.exitCode !== 0)
        throw terminal(`systemctl reboot failed: ${result.message}`, { reason: 'RebootFailed' });
    },
  };
}

function addressesOf(options: RealHostOptions): readonly Address[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const first = own.find((address) => !address.internal && address.family === 'IPv4')?.address;
  const internal = options.internalIP ?? first;
  return [
    ...(internal === undefined ? [] : [{ type: 'InternalIP', address: internal } as const]),
    { type: 'Hostname', address: hostname() },
  ];
}

function details(): Record<string, unknown> {
  return {
    architecture: arch(),
    kernel: release(),
    cpu: { count: cpus().length, model: cpus()[0]?.model ?? 'unknown' },
    memoryMebibytes: Math.round(totalmem() / 1_048_576),
  };
}

/** Debian and Ubuntu leave it there after an update that works only after a restart; `/var/run` is the same folder. */
const rebootFile = 'reboot-required';

function rebootWanted(options: RealHostOptions): Record<string, unknown> {
  const file = `${runFolderOf(options)}/${rebootFile}`;
  const bootID = textOf('/proc/sys/kernel/random/boot_id');
  const packages = [...new Set(textOf(`${file}.pkgs`).split('\n'))].filter((name) => name !== '').sort();
  return {
    ...(bootID === '' ? {} : { bootID }),
    rebootRequired: existsSync(file),
    ...(packages.length === 0 ? {} : { rebootPackages: packages.slice(0, 20) }),
  };
}

/** Nobody need look again and again: the kernel tells. Where it cannot, the next item or change of the machine does. */
function watchRebootWanted(options: RealHostOptions, listener: () => void): () => void {
  try {
    const watcher = watch(runFolderOf(options), { persistent: false }, (_event, name) => {
      if (name?.startsWith(rebootFile) === true) listener();
    });
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}

function runFolderOf({ runFolder = '/run' }: RealHostOptions): string {
  return runFolder;
}

/** Empty when there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
