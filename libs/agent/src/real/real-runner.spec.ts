import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Http, systemClock } from '@keelson/std';
import type { RunContext } from '../runner.js';
import { realRunner } from './real-runner.js';

const artifact = new TextEncoder().encode('#!/bin/sh\necho hello\n');
const sha256 = createHash('sha256').update(artifact).digest('hex');
let folder = '';
let fetched = 0;
const http: Http = async () => {
  fetched += 1;
  return { status: 200, headers: {}, body: artifact };
};

function context(signal = new AbortController().signal): RunContext {
  return { signal, attempt: 1, timeoutMs: 5_000, readSecret: async () => ({ 'ca.key': 's3cret' }) };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-runner-'));
  fetched = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the real runner', () => {
  const runner = (): ReturnType<typeof realRunner> => realRunner({ http, folder, searchPath: '/nowhere' });
  const bash = (script: string, params: Record<string, string> = {}) => ({
    name: 'i',
    runner: 'bash',
    phase: 'prepare',
    params: { script, ...params },
  });

  it('runs a script with its params as environment', async () => {
    expect(
      await runner().run(bash('echo "$KEELSON_CONTROL_NODE_IP"; exit 4', { controlNodeIP: '10.0.0.1' }), context()),
    ).toEqual({ exitCode: 4, message: '10.0.0.1' });
  });

  it('gives secrets as files and takes them away at the end', async () => {
    const result = await runner().run(
      bash('cat "$KEELSON_SECRETS/ca.key"; echo; echo "$KEELSON_SECRETS"', { secretName: 'x' }),
      context(),
    );
    const [value = '', path = ''] = result.message.split('\n');
    expect(value).toBe('s3cret');
    await expect(readFile(join(path, 'ca.key'))).rejects.toThrow('ENOENT');
  });

  it('ends a script and its children when it is aborted', async () => {
    const abort = new AbortController();
    const running = runner().run(bash('sleep 60 & wait'), context(abort.signal));
    systemClock.schedule(200, () => abort.abort());
    expect(await running).toMatchObject({ exitCode: 128, message: expect.stringContaining('SIGKILL') });
  });

  it('fetches a file once and refuses a wrong digest', async () => {
    const fetch = (digest: string) => ({
      name: 'f',
      runner: 'downloader',
      phase: 'prepare',
      params: { url: 'http://files.test/tool', sha256: digest },
    });
    const path = join(folder, 'downloads', 'tool');
    expect(await runner().run(fetch(sha256), context())).toMatchObject({ exitCode: 0, result: path });
    expect(await runner().run(fetch(sha256), context())).toMatchObject({ exitCode: 0, result: path });
    expect(fetched).toBe(1);
    expect(await runner().run(fetch('00'), context())).toMatchObject({ exitCode: 23 });
    expect(await readFile(path)).toEqual(Buffer.from(artifact));
  });

  it('says plainly that ansible is missing', async () => {
    const item = { name: 'p', runner: 'ansible', phase: 'deploy', params: { playbook: 'site.yaml' } };
    expect(await runner().run(item, context())).toMatchObject({
      exitCode: 127,
      message: expect.stringContaining('ansible-playbook is not installed'),
    });
  });
});
