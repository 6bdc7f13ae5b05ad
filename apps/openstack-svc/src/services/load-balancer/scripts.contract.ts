import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { diesWithUs, ended } from '@keelson/testing';
import { daemonStart } from './scripts.js';

let folder: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-octavia-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) await ended(child, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** What `openstack port list` answers; undefined when neutron does not. */
function gatewaysAt(addresses: readonly string[] | undefined): void {
  const ports = addresses?.map((address) => ({ 'Fixed IP Addresses': [{ ip_address: address }] }));
  writeFileSync(join(folder, 'ports'), ports === undefined ? '' : JSON.stringify(ports));
}

/** A daemon that writes down to whom amphorae are to report, and runs until it is told to end, or for `seconds`. */
function start(seconds = 60): ChildProcess {
  program('openstack', `case "$*" in *"port list"*) cat ${join(folder, 'ports')} ;; *) echo id ;; esac`);
  program('ip', 'echo "5: o-hm0    inet 10.255.0.9/16 scope global o-hm0"');
  program(
    'daemon',
    `sed -n 's/^controller_ip_port_list = //p' "$4" >> ${join(folder, 'begun')}\nexec sleep ${seconds}`,
  );
  writeFileSync(join(folder, 'start.sh'), daemonStart);
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    LB_NETWORK: 'lb',
    RESOURCES: join(folder, 'resources.conf'),
    EVERY: '0.01',
  };
  const child = spawn('sh', [join(folder, 'start.sh'), 'daemon'], { env, stdio: 'ignore' });
  diesWithUs(child);
  started.push(child);
  return child;
}

const begun = (): readonly string[] => {
  const file = join(folder, 'begun');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};
async function until(what: string, predicate: () => boolean): Promise<void> {
  for (let tries = 0; !predicate(); tries += 1) {
    if (tries > 200) throw new Error(`not within 20 s: ${what}`);
    await sleep(100);
  }
}

describe('a daemon of Octavia', () => {
  it('begins anew when a gateway is gone, and not while neutron is silent or says the same', async () => {
    gatewaysAt(['10.0.0.2', '10.0.0.1']);
    start();
    await until('it runs', () => begun().length === 1);
    gatewaysAt(undefined);
    await sleep(2_000);
    gatewaysAt(['10.0.0.1', '10.0.0.2']);
    await sleep(2_000);
    gatewaysAt(['10.0.0.1']);
    await until('it begins anew', () => begun().length > 1);
    expect(begun()).toEqual(['10.0.0.1:5555,10.0.0.2:5555', '10.0.0.1:5555']);
  }, 60_000);

  it('takes its script with it when it ends, and ends with it', async () => {
    gatewaysAt(['10.0.0.1']);
    const short = start(1);
    await until('the script ends', () => short.exitCode !== null);
    const long = start();
    await until('it runs', () => begun().length === 2);
    await ended(long, 'SIGTERM');
    expect(long.exitCode).toBe(0);
  }, 60_000);
});
