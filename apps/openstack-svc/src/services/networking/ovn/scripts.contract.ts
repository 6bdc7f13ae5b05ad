import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { aShell } from '../../../render/shell.fixtures.js';
import { resolving } from './addresses.js';
import { ovnDatabase, ovnDatabaseKeeper } from './database-scripts.js';
import { checkedSync } from './database-sync.js';

/** The scripts beside and before OVN's databases, by a real shell; the programs that they call are stand-ins that write down how. */
const { path, program, run } = aShell('nb');

const at = (n: number): string => `tcp:ovn-ovsdb-nb-${n}.ovn:6643`;
const status = (role: string, ...servers: readonly string[]): string =>
  ['d9f3', 'Name: OVN_Northbound', `Role: ${role}`, 'Servers:', ...servers.map((line) => `    ${line}`)].join('\n');
const self = `d9f3 (d9f3 at ${at(0)}) (self) next_index=2 match_index=10`;
const second = `1a2b (1a2b at ${at(1)}) next_index=11 match_index=10 last msg 1203 ms ago`;
const old = `3c4d (3c4d at ${at(2)}) next_index=11 match_index=7 last msg 990000 ms ago`;
const anew = `77aa (77aa at ${at(2)}) next_index=11 match_index=10 last msg 800 ms ago`;

function kept(text: string): readonly string[] {
  writeFileSync(path('status'), text);
  program(
    'ovn-appctl',
    `case "$*" in *cluster/status*) cat ${path('status')} ;; *) echo "$5 $6 $7" >> "$CALLS" ;; esac`,
  );
  return run(ovnDatabaseKeeper, { ROUNDS: 'one', STAMP: path('compacted') });
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
    for (const [name, text] of Object.entries(orders)) writeFileSync(path(name), text);
    program('hostname', `echo ${member}`);
    program('ovn-ctl', 'echo "$@" >> "$CALLS"');
    const here = ovnDatabase.replace('/usr/share/ovn/scripts/ovn-ctl', path('ovn-ctl')).replace('/var/lib/ovn', path());
    return run(here, { DISCOVERY: 'ovn', DB_PORT: '6641', RAFT_PORT: '6643', EVERY: '0.1', ORDERS: path() }).join(' ');
  };

  it('begins the cluster when it is the first and none answers', () =>
    expect(start('ovn-ovsdb-nb-0', 'nobody')).not.toContain('cluster-remote-addr'));

  it('joins whoever answers, the first too: it does not begin a second cluster', () => {
    expect(start('ovn-ovsdb-nb-0', 'ovn-ovsdb-nb-2')).toContain('cluster-remote-addr=ovn-ovsdb-nb-2.ovn');
    rmSync(path('calls'));
    expect(start('ovn-ovsdb-nb-1', 'nobody')).toContain('cluster-remote-addr=ovn-ovsdb-nb-0.ovn');
  });

  it('waits while a cluster is known and nobody of it answers, also when it was once ordered to begin', () => {
    // Both are asked in vain; the first one answers the second time.
    program('ovsdb-client', `echo >> ${path('asked')}; [ "$(wc -l < ${path('asked')})" -gt 2 ]`);
    expect(startWith('ovn-ovsdb-nb-0', { 'nb.cluster': 'c2ca' })).toContain('cluster-remote-addr=ovn-ovsdb-nb-1.ovn');
    rmSync(path('calls'));
    rmSync(path('asked'));
    const carriedOut = { 'nb.cluster': 'd3db', nb: '20260101T000000Z ovn-ovsdb-nb-0' };
    expect(startWith('ovn-ovsdb-nb-0', carriedOut)).toContain('cluster-remote-addr=ovn-ovsdb-nb-1.ovn');
  });

  it('begins empty when it is ordered to and no cluster is known, whichever it is', () => {
    const ordered = { nb: '20260101T000000Z ovn-ovsdb-nb-1' };
    expect(start('ovn-ovsdb-nb-1', 'nobody', ordered)).not.toContain('cluster-remote-addr');
  });
});

describe('a client of databases of OVN', () => {
  const client = (before: string, after: string): Promise<string> => {
    for (const side of ['nb', 'sb']) writeFileSync(path(`${side}.cluster`), before);
    // Ends by itself after a while, so that a client that is left alone is seen to be.
    program('client', `trap 'echo ended > ${path('ended')}; exit 0' TERM; sleep 1 & wait; exit 3`);
    program('getent', 'echo 192.0.2.1 STREAM');
    writeFileSync(path('script.sh'), resolving.replaceAll('/tmp/ovn.ini', path('ovn.ini')));
    const env = { PATH: `${path()}:${process.env['PATH'] ?? ''}`, ORDERS: path(), EVERY: '0.05' };
    const hosts = { OVN_NORTHBOUND: 'tcp:nb-0:6641', OVN_SOUTHBOUND: 'tcp:sb-0:6642,tcp:sb-1:6642' };
    const child = spawn('sh', [path('script.sh'), 'client'], { env: { ...env, ...hosts }, stdio: 'ignore' });
    setTimeout(() => writeFileSync(path('sb.cluster'), after), 200);
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(existsSync(path('ended')) ? 'ended' : `code ${code}`));
    });
  };

  it('that is written in Python is given addresses, and ended when there is another cluster than before', async () => {
    expect(await client('c2ca', 'd3db')).toBe('ended');
    expect(readFileSync(path('ovn.ini'), 'utf8')).toContain(
      'ovn_sb_connection = tcp:192.0.2.1:6642,tcp:192.0.2.1:6642',
    );
  });

  it('is left alone when a first cluster becomes known', async () => {
    expect(await client('', 'd3db')).toBe('code 3');
  });
});

describe('bringing the databases into step with that of Neutron', () => {
  const ended = (said: string, code = 0): number | null => {
    program('sync-util', `echo "$@" > ${path('arguments')}; echo '${said}' >&2; exit ${code}`);
    const command = ['-ec', checkedSync.replaceAll('/tmp', path()), 'sync', path('sync-util'), '--any'];
    return spawnSync('sh', command).status;
  };

  it('has failed when the program says so, with whichever code it ends', () =>
    expect([
      ended('ERROR neutron.cmd.ovn.neutron_ovn_db_sync_util [-] Invalid core plugin : ["other"].'),
      ended('ERROR neutron.cmd.ovn.neutron_ovn_db_sync_util [-] Invalid core plugin: ["other"].', 1),
      ended('Traceback', 3),
      ended('ERROR neutron.plugins.ml2.drivers.ovn.mech_driver.ovsdb.ovn_db_sync [-] Could not allocate IP addresses'),
      ended('INFO neutron.cmd.ovn.neutron_ovn_db_sync_util [-] Sync completed for Southbound db'),
    ]).toEqual([1, 1, 3, 0, 0]));

  it('reads the level of its messages after all other files', () => {
    ended('');
    expect(readFileSync(path('arguments'), 'utf8').trim()).toBe(`--any --config-file ${path('sync.ini')}`);
    expect(readFileSync(path('sync.ini'), 'utf8')).toMatch(/^\[DEFAULT\]\ndefault_log_levels = [^\n]+\n$/);
  });
});
