import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bgpAgent, ovnController } from '../scripts.js';
import { aShell } from '../../../render/shell.fixtures.js';
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

describe('a chassis of OVN', () => {
  const start = (pairs: string): readonly string[] => {
    for (const [bridge, address] of Object.entries({ 'br-ex': '0a:00:00:00:00:01', 'br-lab': '0a:00:00:00:00:02' })) {
      mkdirSync(shell.path(`sys/class/net/${bridge}`), { recursive: true });
      writeFileSync(shell.path(`sys/class/net/${bridge}/address`), `${address}\n`);
    }
    shell.program('ip', 'echo "2: ens3 inet 192.0.2.7/24"');
    shell.program('ovs-vsctl', 'echo "$*" >> "$CALLS"');
    shell.program('ovn-controller', 'exit 0');
    return shell
      .run(ovnController, {
        SYS: shell.path('sys'),
        // What follows the databases ends at once.
        EVERY: 'never',
        TUNNEL_INTERFACE: 'ens3',
        EXTERNAL_BRIDGES: '',
        BRIDGE_MAPPINGS: '',
        OVN_REMOTE: 'tcp:sb:6642',
        DATAPATH: 'system',
        CMS_OPTIONS: '',
        CHASSIS_MACS: pairs,
      })
      .filter((call) => call.includes('mac-mappings'));
  };

  it('has an address of its own in each physical network where routers are distributed, and otherwise none', () => {
    expect(start('physnet1:br-ex physnet2:br-lab')).toEqual([
      '--timeout=30 set open . external-ids:ovn-chassis-mac-mappings=physnet1:0a:00:00:00:00:01,physnet2:0a:00:00:00:00:02',
    ]);
    rmSync(shell.path('calls'));
    expect(start('')).toEqual(['--timeout=30 remove open . external-ids ovn-chassis-mac-mappings']);
  });

  it('does not start where a bridge has no address', () =>
    expect(() => start('physnet9:br-none')).toThrow('br-none/address'));
});
