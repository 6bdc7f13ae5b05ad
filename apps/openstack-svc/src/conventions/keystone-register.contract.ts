import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keystoneRegister } from './scripts.js';

type Row = Record<string, unknown>;

/** As much of keystone's v3 API as the script calls: tokens by password, and rows that are listed, made and changed. */
class FakeKeystone {
  readonly rows: Record<string, Row[]> = {
    domains: [{ id: 'default', name: 'Default' }],
    projects: [{ id: 'admin', name: 'admin', domain_id: 'default' }],
    users: [{ id: 'admin', name: 'admin', domain_id: 'default', password: 'x' }],
    roles: [],
    services: [],
    endpoints: [],
    regions: [],
  };
  readonly writes: string[] = [];
  #made = 0;
  readonly server: Server = createServer((request, response) => void this.#answer(request, response));

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://keystone');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body: Row = text === '' ? {} : JSON.parse(text);
    if (pathname !== '/v3/auth/tokens' && method !== 'GET') this.writes.push(`${method} ${pathname}`);
    const [, , plural = '', id = ''] = pathname.split('/');
    const kind = plural.slice(0, -1);
    const rows = this.rows[plural] ?? [];
    if (pathname === '/v3/auth/tokens') this.#token(response, body);
    else if (method === 'PUT') send(response, 204);
    else if (method === 'POST') {
      const row = { id: `made-${(this.#made += 1)}`, ...(body[kind] as Row) };
      rows.push(row);
      send(response, 201, { [kind]: row });
    } else if (method === 'PATCH') {
      Object.assign(rows.find((row) => row['id'] === id) ?? {}, body[kind]);
      send(response, 200, { [kind]: {} });
    } else send(response, 200, { [plural]: rows.filter((row) => [...searchParams].every(([k, v]) => row[k] === v)) });
  }

  #token(response: ServerResponse, body: Row): void {
    const { auth } = body as { auth: { identity: { password: { user: Row & { domain: Row } } } } };
    const { name, password, domain } = auth.identity.password.user;
    const home = this.rows['domains']?.find((row) => row['name'] === domain['name'])?.['id'];
    const user = this.rows['users']?.find((row) => row['name'] === name && row['domain_id'] === home);
    if (user?.['password'] === password) send(response, 201, { token: {} }, { 'X-Subject-Token': 'token' });
    else send(response, 401, {});
  }
}

function send(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

describe('the script that registers in keystone', () => {
  const keystone = new FakeKeystone();
  const folder = mkdtempSync(join(tmpdir(), 'register-'));
  let url = '';
  beforeAll(async () => {
    writeFileSync(join(folder, 'register.py'), keystoneRegister);
    await new Promise<void>((resolve) => void keystone.server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(keystone.server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => keystone.server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  /** Runs the script and gives its exit code and what it wrote to keystone. */
  async function register(
    password: string,
    publicUrl: string,
    more: object = {},
  ): Promise<{ code: number | null; writes: string[] }> {
    const place = { domain: 'service', project: 'service' };
    const document = {
      url,
      region: 'RegionOne',
      admin: { name: 'admin', password: 'x', domain: 'Default', project: 'admin', project_domain: 'Default' },
      domains: ['service'],
      projects: [{ name: 'service', domain: 'service' }],
      users: [{ name: 'nova', password, domain: 'service', grants: [{ role: 'admin', ...place }] }],
      services: [{ name: 'nova', type: 'compute', endpoints: { public: publicUrl, internal: 'http://i' } }],
      ...more,
    };
    writeFileSync(join(folder, 'wanted.json'), JSON.stringify(document));
    keystone.writes.length = 0;
    const child = spawn('python3', [join(folder, 'register.py'), join(folder, 'wanted.json')], { stdio: 'ignore' });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    return { code, writes: [...keystone.writes] };
  }

  test('makes what is missing, then only grants again, then changes what changed', async () => {
    const first = await register('one', 'https://p');
    expect(first.code).toBe(0);
    expect(keystone.rows).toMatchObject({
      users: [{ name: 'admin' }, { name: 'nova', password: 'one' }],
      roles: [{ name: 'admin' }],
      endpoints: [
        { interface: 'public', url: 'https://p', region_id: 'RegionOne' },
        { interface: 'internal', url: 'http://i' },
      ],
    });
    const second = await register('one', 'https://p');
    expect(second.writes.map((write) => write.split(' ')[0])).toEqual(['PUT']);
    const third = await register('two', 'https://q');
    expect(third.writes.filter((write) => write.startsWith('PATCH'))).toHaveLength(2);
    expect(keystone.rows['users']?.at(-1)).toMatchObject({ password: 'two' });
  });

  test('gives a domain its settings, as often as it is asked', async () => {
    const config = { identity: { driver: 'ldap' }, ldap: { url: 'ldaps://ldap.example.org' } };
    const more = { users: [], domains: ['service', 'people'], domain_configs: [{ domain: 'people', config }] };
    const first = await register('two', 'https://q', more);
    expect([first.code, first.writes]).toEqual([
      0,
      ['POST /v3/domains', expect.stringMatching(/^PUT \/v3\/domains\/made-\d+\/config$/)],
    ]);
    expect((await register('two', 'https://q', more)).writes).toHaveLength(1);
  });

  test('makes an administrator by the old one, then by himself, and closes the old one', async () => {
    const place = { domain: 'Default', project: 'admin', project_domain: 'Default' };
    const [old, next] = ['admin', 'admin-r1'].map((name) => ({
      name,
      password: name === 'admin' ? 'x' : 'y',
      ...place,
    }));
    const grants = [{ role: 'admin', system: true }];
    const opening = {
      admin: next,
      fallback_admin: old,
      users: [{ name: 'admin-r1', password: 'y', domain: 'Default', grants }],
    };
    const made = await register('two', 'https://q', opening);
    expect([made.code, made.writes.filter((write) => /system|POST/.test(write))]).toEqual([
      0,
      ['POST /v3/users', expect.stringMatching(/^PUT \/v3\/system\/users\/made-\d+\/roles\//)],
    ]);
    const closing = { admin: next, users: [], retired: [{ name: 'admin', domain: 'Default' }] };
    expect((await register('two', 'https://q', closing)).code).toBe(0);
    expect(keystone.rows['users']?.[0]?.['password']).not.toBe('x');
    expect((await register('two', 'https://q', opening)).code).toBe(0);
  });
});
