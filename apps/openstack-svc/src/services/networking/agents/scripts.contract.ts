import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bgpAgent } from '../scripts.js';
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

describe('a speaker of BGP', () => {
  const start = (route: string, id = ''): string => {
    shell.program(
      'ip',
      `case "$*" in *route*) echo "${route}" ;; *"dev ens3"*) echo "2: ens3 inet 192.0.2.7/24" ;; esac`,
    );
    shell.program('neutron-bgp-dragent', 'echo "$*" >> "$CALLS"');
    const file = shell.path('node.ini');
    const calls = shell.run(bgpAgent.replaceAll('/tmp/node.ini', file), { ROUTER_ID: id });
    // What the script writes is read after the files that all nodes share.
    expect(calls).toEqual([expect.stringMatching(new RegExp(`bgp_dragent.ini --config-file ${file}$`, 'u'))]);
    return readFileSync(file, 'utf8');
  };

  it('is identified by the address of the interface that leads out, or by what the operator says', () => {
    expect(start('default via 192.0.2.1 dev ens3')).toBe('[bgp]\nbgp_router_id = 192.0.2.7\n');
    rmSync(shell.path('calls'));
    expect(start('', '198.51.100.9')).toBe('[bgp]\nbgp_router_id = 198.51.100.9\n');
  });

  it('does not start without an address, and says where one is named', () =>
    expect(() => start('')).toThrow('neutron_bgp_dragent.values.conf.bgp_dragent.bgp.bgp_router_id'));
});
