import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { devices } from '../agents/dpdk.js';
import { resolving } from './addresses.js';
import { ovnDatabase, ovnDatabaseKeeper } from './database-scripts.js';

/** The scripts beside and before OVN's databases, by a real shell; the programs that they call are stand-ins that write down how. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-ovn-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

function run(text: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  writeFileSync(join(folder, 'script.sh'), text);
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, CALLS: join(folder, 'calls'), ...environment };
  execFileSync('sh', [join(folder, 'script.sh'), 'nb'], { env, stdio: 'pipe' });
  const calls = join(folder, 'calls');
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
}

const at = (n: number): string => `tcp:ovn-ovsdb-nb-${n}.ovn:6643`;
const status = (role: string, ...servers: readonly string[]): string =>
  ['d9f3', 'Name: OVN_Northbound', `Role: ${role}`, 'Servers:', ...servers.map((line) => `    ${line}`)].join('\n');
const self = `d9f3 (d9f3 at ${at(0)}) (self) next_index=2 match_index=10`;
const second = `1a2b (1a2b at ${at(1)}) next_index=11 match_index=10 last msg 1203 ms ago`;
const old = `3c4d (3c4d at ${at(2)}) next_index=11 match_index=7 last msg 990000 ms ago`;
const anew = `77aa (77aa at ${at(2)}) next_index=11 match_index=10 last msg 800 ms ago`;

function kept(text: string): readonly string[] {
  writeFileSync(join(folder, 'status'), text);
  program(
    'ovn-appctl',
    `case "$*" in *cluster/status*) cat ${join(folder, 'status')} ;; *) echo "$5 $6 $7" >> "$CALLS" ;; esac`,
  );
  return run(ovnDatabaseKeeper, { ROUNDS: 'one', STAMP: join(folder, 'compacted') });
}

describe('the keeper of a database of OVN', () => {
  it('removes the old id of a member that is back under another', () =>
    expect(kept(status('leader', self, second, old, anew))).toEqual(['cluster/kick OVN_Northbound 3c4d']));

  it('leaves alone who is merely away, and two of one address of whom none has spoken lately', () => {
    expect(kept(status('leader', self, second, old))).toEqual([]);
    expect(kept(status('leader', self, old, old.replaceAll('3c4d', '5e6f')))).toEqual([]);
  });

  it('compacts once a day, on followers', () => {
    const follower = status('follower', self, second);
    expect([kept(follower), kept(follower)].at(-1)).toEqual(['ovsdb-server/compact OVN_Northbound']);
  });
});

describe('a member of a database of OVN without data', () => {
  type Orders = Readonly<Record<string, string>>;
  const start = (member: string, answering: string, orders: Orders = {}): string => {
    program('ovsdb-client', `case "$*" in *${answering}*) exit 0 ;; *) exit 1 ;; esac`);
    return startWith(member, orders);
  };
  const startWith = (member: string, orders: Orders): string => {
    for (const [name, text] of Object.entries(orders)) writeFileSync(join(folder, name), text);
    program('hostname', `echo ${member}`);
    program('ovn-ctl', 'echo "$@" >> "$CALLS"');
    const here = ovnDatabase
      .replace('/usr/share/ovn/scripts/ovn-ctl', join(folder, 'ovn-ctl'))
      .replace('/var/lib/ovn', folder);
    return run(here, { DISCOVERY: 'ovn', DB_PORT: '6641', RAFT_PORT: '6643', EVERY: '0.1', ORDERS: folder }).join(' ');
  };

  it('begins the cluster when it is the first and none answers', () =>
    expect(start('ovn-ovsdb-nb-0', 'nobody')).not.toContain('cluster-remote-addr'));

  it('joins whoever answers, the first too: it does not begin a second cluster', () => {
    expect(start('ovn-ovsdb-nb-0', 'ovn-ovsdb-nb-2')).toContain('cluster-remote-addr=ovn-ovsdb-nb-2.ovn');
    rmSync(join(folder, 'calls'));
    expect(start('ovn-ovsdb-nb-1', 'nobody')).toContain('cluster-remote-addr=ovn-ovsdb-nb-0.ovn');
  });

  it('waits while a cluster is known and nobody of it answers, also when it was once ordered to begin', () => {
    // Both are asked in vain; the first one answers the second time.
    program('ovsdb-client', `echo >> ${join(folder, 'asked')}; [ "$(wc -l < ${join(folder, 'asked')})" -gt 2 ]`);
    expect(startWith('ovn-ovsdb-nb-0', { 'nb.cluster': 'c2ca' })).toContain('cluster-remote-addr=ovn-ovsdb-nb-1.ovn');
    rmSync(join(folder, 'calls'));
    rmSync(join(folder, 'asked'));
    const carriedOut = { 'nb.cluster': 'd3db', nb: '20260101T000000Z ovn-ovsdb-nb-0' };
    expect(startWith('ovn-ovsdb-nb-0', carriedOut)).toContain('cluster-remote-addr=ovn-ovsdb-nb-1.ovn');
  });

  it('begins empty when it is ordered to and no cluster is known, whichever it is', () => {
    const ordered = { nb: '20260101T000000Z ovn-ovsdb-nb-1' };
    expect(start('ovn-ovsdb-nb-1', 'nobody', ordered)).not.toContain('cluster-remote-addr');
  });
});

describe('devices of DPDK', () => {
  const bus = (): string => join(folder, 'sys/bus/pci');
  const bind = (driver: string): readonly string[] => {
    program('modprobe', 'echo "modprobe $1" >> "$CALLS"');
    return run(devices, { SYS: join(folder, 'sys'), HUGEPAGES: '2048:4', DEVICES: `0000:05:00.0=${driver}` });
  };

  it('are given to their driver, and left to it when they are there; huge pages are made', () => {
    mkdirSync(join(bus(), 'devices/0000:05:00.0'), { recursive: true });
    mkdirSync(join(bus(), 'drivers/vfio-pci'), { recursive: true });
    const pages = join(folder, 'sys/kernel/mm/hugepages/hugepages-2048kB');
    mkdirSync(pages, { recursive: true });
    writeFileSync(join(pages, 'nr_hugepages'), '0\n');
    // No kernel takes the device here.
    expect(() => bind('vfio-pci')).toThrow('0000:05:00.0 could not be given to the driver vfio-pci');
    expect(readFileSync(join(bus(), 'devices/0000:05:00.0/driver_override'), 'utf8')).toBe('vfio-pci\n');
    expect(readFileSync(join(bus(), 'drivers_probe'), 'utf8')).toBe('0000:05:00.0\n');
    expect(readFileSync(join(pages, 'nr_hugepages'), 'utf8')).toBe('4\n');
    rmSync(join(folder, 'calls'));
    symlinkSync(join(bus(), 'drivers/vfio-pci'), join(bus(), 'devices/0000:05:00.0/driver'));
    expect(bind('vfio-pci')).toEqual([]);
  });
});

describe('a client of databases of OVN', () => {
  const client = (before: string, after: string): Promise<string> => {
    for (const side of ['nb', 'sb']) writeFileSync(join(folder, `${side}.cluster`), before);
    // Ends by itself after a while, so that a client that is left alone is seen to be.
    program('client', `trap 'echo ended > ${join(folder, 'ended')}; exit 0' TERM; sleep 1 & wait; exit 3`);
    program('getent', 'echo 192.0.2.1 STREAM');
    writeFileSync(join(folder, 'script.sh'), resolving.replaceAll('/tmp/ovn.ini', join(folder, 'ovn.ini')));
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, ORDERS: folder, EVERY: '0.05' };
    const hosts = { OVN_NORTHBOUND: 'tcp:nb-0:6641', OVN_SOUTHBOUND: 'tcp:sb-0:6642,tcp:sb-1:6642' };
    const child = spawn('sh', [join(folder, 'script.sh'), 'client'], { env: { ...env, ...hosts }, stdio: 'ignore' });
    setTimeout(() => writeFileSync(join(folder, 'sb.cluster'), after), 200);
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(existsSync(join(folder, 'ended')) ? 'ended' : `code ${code}`));
    });
  };

  it('that is written in Python is given addresses, and ended when there is another cluster than before', async () => {
    expect(await client('c2ca', 'd3db')).toBe('ended');
    expect(readFileSync(join(folder, 'ovn.ini'), 'utf8')).toContain(
      'ovn_sb_connection = tcp:192.0.2.1:6642,tcp:192.0.2.1:6642',
    );
  });

  it('is left alone when a first cluster becomes known', async () => {
    expect(await client('', 'd3db')).toBe('code 3');
  });
});
