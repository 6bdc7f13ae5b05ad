import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateKeys } from './keys.js';

/** One Secret of a Kubernetes API, and a keystone-manage that rotates as the real one does: key 0 becomes the highest. */
describe('the script that rotates keystone’s keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const secret = {
    metadata: { name: 'keystone-fernet-keys', resourceVersion: '7' },
    data: { '0': Buffer.from('next').toString('base64'), '1': Buffer.from('now').toString('base64') },
  };
  let stored: { metadata: object; data: Record<string, string> } | undefined;
  let status = 200;
  const server: Server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const isRight = request.headers.authorization === 'Bearer a-token' && request.url?.endsWith('/openstack/secrets/s');
    if (request.method === 'PUT' && isRight === true && status === 200) stored = JSON.parse(text);
    response.writeHead(isRight === true ? (request.method === 'PUT' ? status : 200) : 403);
    response.end(JSON.stringify(secret));
  }

  beforeAll(async () => {
    mkdirSync(join(folder, 'keys'));
    writeFileSync(join(folder, 'rotate.py'), rotateKeys);
    writeFileSync(join(folder, 'token'), 'a-token\n');
    const manage = `#!/bin/sh\necho "$@" >> ${folder}/commands\ncase "$*" in *_rotate) cd ${folder}/keys; mv 0 2; printf new > 0;; esac\n`;
    writeFileSync(join(folder, 'keystone-manage'), manage, { mode: 0o755 });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  function rotate(sort: string): Promise<number | null> {
    const env = {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      KEYS: join(folder, 'keys'),
      TOKEN_FILE: join(folder, 'token'),
      NAMESPACE: 'openstack',
      SPREAD_SECONDS: '0',
    };
    const child = spawn('python3', [join(folder, 'rotate.py'), sort, 's', 'a.conf', 'b.conf'], {
      env,
      stdio: 'ignore',
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  }

  test('writes what was rotated over what it read, and nothing else', async () => {
    expect(await rotate('fernet')).toBe(0);
    const texts = Object.entries(stored?.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]);
    expect([stored?.metadata, Object.fromEntries(texts)]).toEqual([
      secret.metadata,
      { '0': 'new', '1': 'now', '2': 'next' },
    ]);
    status = 409;
    stored = undefined;
    expect([await rotate('credential'), stored]).toEqual([1, undefined]);
  });
});
