import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchMetadata } from './apache.js';

describe('the script that fetches what providers tell of themselves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
  const server = createServer((_, response) => void response.end('{"issuer":"x"}'));
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  test('writes three files a provider, by the names that the module looks for', async () => {
    const metadataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const provider = {
      issuer: 'https://iam.example.org/auth/realms/iam',
      metadataUrl,
      client: { client_id: 'os' },
      conf: {},
    };
    writeFileSync(join(folder, 'providers.json'), JSON.stringify([provider]));
    writeFileSync(join(folder, 'fetch.py'), fetchMetadata);
    mkdirSync(join(folder, 'out'));
    const child = spawn('python3', [join(folder, 'fetch.py'), join(folder, 'providers.json'), join(folder, 'out')], {
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    const name = 'iam.example.org%2Fauth%2Frealms%2Fiam';
    expect(readdirSync(join(folder, 'out')).sort()).toEqual([`${name}.client`, `${name}.conf`, `${name}.provider`]);
    expect(readFileSync(join(folder, 'out', `${name}.provider`), 'utf8')).toBe('{"issuer": "x"}');
  });
});
