import { arch, cpus, hostname, networkInterfaces, release, totalmem, uptime } from 'node:os';
import { type Clock, terminal } from '@keelson/std';
import type { Host } from '../host.js';
import type { Address } from '../machine.js';
import { runCommand } from './process.js';

export interface RealHostOptions {
  readonly clock: Clock;
  /** The address by which the cluster knows this host; the first of the host when absent. */
  readonly internalIP?: string;
}

/** This host, read from the operating system. */
export function realHost(options: RealHostOptions): Host {
  // Read once: the uptime in whole steps would make it waver from call to call.
  const bootedAt = options.clock.now() - uptime() * 1000;
  return {
    info: () => ({ addresses: addressesOf(options), bootedAt, details: details() }),
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
