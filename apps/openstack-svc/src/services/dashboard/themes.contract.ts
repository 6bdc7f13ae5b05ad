import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchThemes } from './themes.js';

describe('the script that fetches themes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'themes-'));
  const server = createServer((_, response) => void response.end(readFileSync(join(folder, 'theme.tgz'))));
  beforeAll(async () => {
    mkdirSync(join(folder, 'theme-1.0/static'), { recursive: true });
    writeFileSync(join(folder, 'theme-1.0/static/_styles.scss'), 'body {}');
    spawnSync('tar', ['-C', folder, '-czf', join(folder, 'theme.tgz'), 'theme-1.0']);
    writeFileSync(join(folder, 'fetch.py'), fetchThemes);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  function fetched(name: string, sha256: string): Promise<number | null> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/theme.tgz`;
    writeFileSync(join(folder, 'themes.json'), JSON.stringify([{ name, url, sha256 }]));
    const script = [join(folder, 'fetch.py'), join(folder, 'themes.json'), join(folder, 'out')];
    const child = spawn('python3', script, { stdio: 'ignore' });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  }

  test('unpacks what it expects, without the directory of the archive, and nothing else', async () => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, 'theme.tgz')))
      .digest('hex');
    expect(await fetched('ours', digest)).toBe(0);
    expect(readFileSync(join(folder, 'out/ours/static/_styles.scss'), 'utf8')).toBe('body {}');
    expect(await fetched('other', 'abc')).toBe(1);
    expect(existsSync(join(folder, 'out/other'))).toBe(false);
  });
});
