import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    const issuer = 'https://iam.example.org/auth/realms/iam';
    const files = await fetched({ issuer, metadataUrl, client: { client_id: 'os' }, conf: {} });
    const name = 'iam.example.org%2Fauth%2Frealms%2Fiam';
    expect([...files.keys()].sort()).toEqual([`${name}.client`, `${name}.conf`, `${name}.provider`]);
    expect(files.get(`${name}.provider`)).toBe('{"issuer": "x"}');
  });

  test('takes the document that it is given', async () => {
    const document = { issuer: 'https://sso.example.org' };
    const files = await fetched({ issuer: document.issuer, document, client: { client_id: 'os' }, conf: {} });
    expect(JSON.parse(files.get('sso.example.org.provider') ?? '')).toEqual(document);
  });

  /** What it leaves, by file. */
  async function fetched(provider: object): Promise<ReadonlyMap<string, string>> {
    const out = mkdtempSync(join(folder, 'out-'));
    writeFileSync(join(folder, 'providers.json'), JSON.stringify([provider]));
    writeFileSync(join(folder, 'fetch.py'), fetchMetadata);
    const child = spawn('python3', [join(folder, 'fetch.py'), join(folder, 'providers.json'), out], {
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    return new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
  }
});
