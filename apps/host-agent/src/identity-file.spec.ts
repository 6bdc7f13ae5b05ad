import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readIdentity, saveToken } from './identity-file.js';

const good = {
  server: 'https://127.0.0.1:16443',
  certificateAuthority: 'pem',
  token: 'canary-1',
  namespace: 'demo',
  machine: 'cp-1',
  note: 'kept',
};
let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-agent-'));
  path = join(folder, 'agent.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the agent's identity", () => {
  it('keeps everything but the token when the token is renewed, in a file only its owner reads', async () => {
    await writeFile(path, JSON.stringify(good), { mode: 0o644 });
    await saveToken(path, 'canary-2');
    expect({
      identity: JSON.parse(await readFile(path, 'utf8')),
      files: await readdir(folder),
      mode: (await stat(path)).mode & 0o777,
    }).toEqual({
      identity: { ...good, token: 'canary-2' },
      files: ['agent.json'],
      mode: 0o600,
    });
  });

  it.each([
    ['no file', undefined, /agent\.json cannot be read: .*ENOENT/],
    ['no JSON', '{"token": "canary-1', /agent\.json is no JSON$/],
    ['no https', JSON.stringify({ ...good, server: 'http://a' }), /agent\.json is wrong in: server$/],
    ['nothing in it', '{}', /agent\.json is wrong in: server, token, namespace, machine$/],
  ])('is refused without showing its content: %s', async (_what, text, message) => {
    if (text !== undefined) await writeFile(path, text);
    const error: unknown = await readIdentity(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ sort: 'terminal', reason: 'BadIdentity', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('canary');
  });
});
