import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { diesWithUs, ended, freePort } from '@keelson/testing';
import { etcdStart } from './scripts.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-etcd-'));
  writeFileSync(join(folder, 'etcd.sh'), etcdStart);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const peer = 'http://e-1:2380';

/** How etcd is begun by the script, with an etcdctl that answers `member list` so; one that knows nobody fails. */
function begun(list: string | undefined, hasData = false): readonly string[] {
  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const calls = join(folder, 'calls');
  writeFileSync(join(folder, 'list'), list ?? '');
  program(
    'etcdctl',
    `case "$*" in *"member list"*) ${list === undefined ? 'exit 1' : `cat ${join(folder, 'list')}`} ;;
*"member add"*) rm ${join(folder, 'refuses')} 2>/dev/null && exit 1; shift 3; echo "$@" >> ${calls}; echo 'ETCD_INITIAL_CLUSTER="now"' ;;
*) shift 3; echo "$@" >> ${calls} ;;
esac`,
  );
  program('etcd', `echo "etcd $ETCD_INITIAL_CLUSTER \${ETCD_INITIAL_CLUSTER_STATE:-new}" >> ${calls}`);
  if (hasData) mkdirSync(join(folder, 'data/member/wal'), { recursive: true });
  const env = {
    EVERY: '0.01',
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    ETCD_NAME: 'e-1',
    ETCD_DATA_DIR: join(folder, 'data'),
    ETCD_ADVERTISE_CLIENT_URLS: 'http://e-1:2379',
    ETCD_INITIAL_ADVERTISE_PEER_URLS: peer,
    ETCD_INITIAL_CLUSTER: 'all',
    MEMBERS: 'http://e-0:2379 http://e-1:2379 http://e-2:2379',
  };
  const { status, stderr } = spawnSync('sh', [join(folder, 'etcd.sh')], { env });
  if (status !== 0) throw new Error(stderr.toString());
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
}

const other = 'a1, started, e-0, http://e-0:2380, http://e-0:2379, false';
const added = [`member add e-1 --peer-urls=${peer}`, 'etcd now existing'];

describe('a member of etcd', () => {
  it('begins the cluster with the others where none of them answers, and goes on with the data it has', () => {
    expect(begun(undefined)).toEqual(['etcd all new']);
    rmSync(join(folder, 'calls'));
    expect(begun(`${other}\nb2, started, e-1, ${peer}, http://e-1:2379, false`, true)).toEqual(['etcd all new']);
  });

  it('takes its place again when it has lost its data', () =>
    expect(begun(`${other}\nb2, started, e-1, ${peer}, http://e-1:2379, false`)).toEqual([
      'member remove b2',
      ...added,
    ]));

  it('goes on where it was cut short: removed already, or added and not begun', () => {
    expect(begun(other)).toEqual(added);
    rmSync(join(folder, 'calls'));
    expect(begun(`${other}\nc3, unstarted, , ${peer}, , false`)).toEqual(['member remove c3', ...added]);
  });

  it('asks again while the others are not well', () => {
    writeFileSync(join(folder, 'refuses'), '');
    expect(begun(other)).toEqual(added);
    expect(existsSync(join(folder, 'refuses'))).toBe(false);
  });

  it('is one of the first when it is merely late', () =>
    expect(begun(`${other}\nb2, started, e-1, ${peer}, , false`)).toEqual(['etcd all new']));
});

const lack = ['etcd', 'etcdctl'].find((name) => spawnSync(name, ['--help']).error !== undefined);

/** With real processes, which the stand-ins above only resemble. Needs etcd and etcdctl on the PATH. */
(lack === undefined ? describe : describe.skip)('three members of a real etcd', () => {
  const children: ChildProcess[] = [];
  let ports: readonly (readonly [client: number, peer: number])[];
  beforeEach(async () => {
    const free = await Promise.all(Array.from({ length: 6 }, () => freePort()));
    ports = [0, 1, 2].map((n) => [free[n * 2] ?? 0, free[n * 2 + 1] ?? 0] as const);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await ended(child, 'SIGKILL');
  });

  const client = (n: number): string => `http://127.0.0.1:${ports[n]?.[0]}`;
  const peerOf = (n: number): string => `http://127.0.0.1:${ports[n]?.[1]}`;

  function start(n: number): ChildProcess {
    const env = {
      PATH: process.env['PATH'] ?? '',
      ETCD_NAME: `e-${n}`,
      ETCD_DATA_DIR: join(folder, `data-${n}`),
      ETCD_LISTEN_CLIENT_URLS: client(n),
      ETCD_LISTEN_PEER_URLS: peerOf(n),
      ETCD_ADVERTISE_CLIENT_URLS: client(n),
      ETCD_INITIAL_ADVERTISE_PEER_URLS: peerOf(n),
      ETCD_INITIAL_CLUSTER: [0, 1, 2].map((m) => `e-${m}=${peerOf(m)}`).join(','),
      ETCD_INITIAL_CLUSTER_TOKEN: 'spec',
      MEMBERS: [0, 1, 2].map(client).join(' '),
      EVERY: '1',
    };
    const child = spawn('sh', [join(folder, 'etcd.sh')], { env, stdio: 'ignore' });
    diesWithUs(child);
    children.push(child);
    return child;
  }

  function ask(n: number, ...words: readonly string[]): string | undefined {
    const { status, stdout } = spawnSync('etcdctl', [`--endpoints=${client(n)}`, '--command-timeout=3s', ...words]);
    return status === 0 ? stdout.toString().trim() : undefined;
  }

  async function until(what: string, predicate: () => boolean): Promise<void> {
    for (let tries = 0; !predicate(); tries += 1) {
      if (tries > 150) throw new Error(`not within 30 s: ${what}; member 0 knows ${ask(0, 'member', 'list')}`);
      await sleep(200);
    }
  }

  const members = (): readonly string[][] =>
    (ask(0, 'member', 'list', '--write-out=simple') ?? '').split('\n').map((line) => line.split(', '));
  const allServe = (): boolean => [0, 1, 2].every((n) => ask(n, 'get', '--print-value-only', 'key') === 'value');

  it('have one of them come back with nothing: it has what they have, and they are three', async () => {
    const [, , last] = [start(0), start(1), start(2)];
    await until('the three take a write', () => ask(0, 'put', 'key', 'value') === 'OK');
    await until('all serve', allServe);
    const before = members();
    if (last !== undefined) await ended(last, 'SIGKILL');
    rmSync(join(folder, 'data-2'), { recursive: true });
    start(2);
    await until('all serve again', allServe);
    const after = members();
    expect(after.map(([, status, name]) => `${name} ${status}`).sort()).toEqual(
      before.map(([, status, name]) => `${name} ${status}`).sort(),
    );
    const idOf = (list: readonly string[][], name: string) => list.find((line) => line[2] === name)?.[0];
    expect(['e-0', 'e-1', 'e-2'].map((name) => idOf(after, name) === idOf(before, name))).toEqual([true, true, false]);
    // Its own copy, whoever leads.
    expect(ask(2, 'get', '--consistency=s', '--print-value-only', 'key')).toBe('value');
  }, 120_000);

  it('are one cluster also when the last comes late', async () => {
    start(0);
    start(1);
    await until('two take a write', () => ask(0, 'put', 'key', 'value') === 'OK');
    const before = members();
    start(2);
    await until('all serve', allServe);
    expect(members().map(([id]) => id)).toEqual(before.map(([id]) => id));
  }, 120_000);
});
