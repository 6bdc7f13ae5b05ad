import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aShell } from '../shell.fixtures.js';
import { devices } from './dpdk.js';

/** Scripts that agents and the switch start with, by a real shell. */
const shell = aShell();

describe('devices of DPDK', () => {
  const bus = (): string => shell.path('sys/bus/pci');
  const bind = (driver: string): readonly string[] => {
    shell.program('modprobe', 'echo "modprobe $1" >> "$CALLS"');
    return shell.run(devices, { SYS: shell.path('sys'), DEVICES: `0000:05:00.0=${driver}` });
  };

  it('are given to their driver, and left to it when they are there', () => {
    mkdirSync(join(bus(), 'devices/0000:05:00.0'), { recursive: true });
    mkdirSync(join(bus(), 'drivers/vfio-pci'), { recursive: true });
    // No kernel takes the device here.
    expect(() => bind('vfio-pci')).toThrow('0000:05:00.0 could not be given to the driver vfio-pci');
    expect(readFileSync(join(bus(), 'devices/0000:05:00.0/driver_override'), 'utf8')).toBe('vfio-pci\n');
    expect(readFileSync(join(bus(), 'drivers_probe'), 'utf8')).toBe('0000:05:00.0\n');
    rmSync(shell.path('calls'));
    symlinkSync(join(bus(), 'drivers/vfio-pci'), join(bus(), 'devices/0000:05:00.0/driver'));
    expect(bind('vfio-pci')).toEqual([]);
  });
});
