import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { type Access, accessOf } from './access.js';
import { serverOf } from './kubeconfig.js';
import type { KubeconfigAccess } from './options.js';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('a kubeconfig', () => {
  let folder: string;
  const clock = new VirtualClock();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-kubeconfig-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const read = (cluster: string, user = '{}', more: Partial<KubeconfigAccess> = {}): Access =>
    accessOf({
      clock,
      random: seededRandom('x'),
      log: silentLog,
      userAgent: 't',
      directory: folder,
      kubeconfig: `
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: c, user: u}}
- {name: there, context: {cluster: d}}
clusters:
- {name: c, cluster: ${cluster}}
- {name: d, cluster: {server: "https://there.example:6443"}}
users:
- {name: u, user: ${user}}
`,
      ...more,
    });

  it('says where the server is and how to trust it, in data or in files', () => {
    const inline = read(
      `{server: "https://a.example:6443", certificate-authority-data: ${base64('CA')}, tls-server-name: b.example}`,
      `{client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}`,
    );
    expect([inline.server.href, inline.trust, inline.authorization()]).toEqual([
      'https://a.example:6443/',
      {
        certificateAuthority: 'CA',
        clientCertificate: 'CERT',
        clientKey: 'KEY',
        serverName: 'b.example',
        isInsecure: false,
      },
      undefined,
    ]);
    const inFiles = read(
      `{server: "https://a.example", certificate-authority: ${file('ca.crt', 'CA2')}}`,
      `{client-certificate: ${file('c.crt', 'CERT2')}, client-key: ${join(folder, file('c.key', 'KEY2'))}}`,
    );
    expect(inFiles.trust).toMatchObject({ certificateAuthority: 'CA2', clientCertificate: 'CERT2', clientKey: 'KEY2' });
  });

  it('gives a token, or a name and password', () => {
    expect(read('{server: "https://a.example"}', '{token: secret}').authorization()).toBe('Bearer secret');
    expect(read('{server: "https://a.example"}', '{username: me, password: pw}').authorization()).toBe(
      `Basic ${base64('me:pw')}`,
    );
  });

  it('reads a token file again when it is some time old, and keeps the last token while it is gone', async () => {
    const access = read('{server: "https://a.example"}', `{tokenFile: ${file('token', 'one\n')}}`);
    expect(access.authorization()).toBe('Bearer one');
    file('token', 'two\n');
    expect(access.authorization()).toBe('Bearer one');
    await clock.advance(10_000);
    expect(access.authorization()).toBe('Bearer two');
    rmSync(join(folder, 'token'));
    await clock.advance(10_000);
    expect(access.authorization()).toBe('Bearer two');
  });

  it('leads to a server that others may be told of, but not to one whose certificate nobody checks', () => {
    const of = (cluster: string) =>
      serverOf(
        {
          kubeconfig: `
current-context: here
contexts: [{name: here, context: {cluster: c}}]
clusters: [{name: c, cluster: ${cluster}}]`,
        },
        clock,
      );
    expect(of(`{server: "https://a.example:6443/", certificate-authority-data: ${base64('CA')}}`)).toEqual({
      server: 'https://a.example:6443',
      caPem: 'CA',
    });
    expect(() => of('{server: "https://a.example", insecure-skip-tls-verify: true}')).toThrow(
      'it trusts any certificate',
    );
  });

  it('has other contexts too', () => {
    expect(read('{server: "https://a.example"}', '{}', { context: 'there' }).server.host).toBe('there.example:6443');
  });

  it.each([
    ['no server', '{}', '{}', {}, 'has no server'],
    [
      'a context it does not have',
      '{server: "https://a"}',
      '{}',
      { context: 'nowhere' },
      'it has no context "nowhere"',
    ],
    ['a plugin', '{server: "https://a"}', '{exec: {command: rm}}', {}, 'credential plugins are not supported'],
    [
      'a file that is missing',
      '{server: "https://a", certificate-authority: none.crt}',
      '{}',
      {},
      'its certificate-authority cannot be read',
    ],
    ['a token file that is missing', '{server: "https://a"}', '{tokenFile: none}', {}, 'cannot be read'],
    [
      'a relative path to nowhere',
      '{server: "https://a", certificate-authority: ca.crt}',
      '{}',
      { directory: undefined },
      'is relative',
    ],
    ['tokens in the clear', '{server: "http://a.example"}', '{}', {}, 'must be reached over https'],
    ['no URL', '{server: "a b"}', '{}', {}, 'is no URL'],
  ])('is refused for %s', (_what, cluster, user, more, why) => {
    const use = (): unknown => read(cluster, user, more as Partial<KubeconfigAccess>).authorization();
    expect(use).toThrow(
      expect.objectContaining({ sort: 'terminal', reason: 'BadKubeconfig', message: expect.stringContaining(why) }),
    );
  });

  it('is never quoted when it is no YAML', () => {
    const use = (): unknown => read('', '', { kubeconfig: 'token: "my-secret\n  - {' });
    expect(use).toThrow('the kubeconfig cannot be used: it is no valid YAML');
  });

  it('may name an unencrypted server on this machine', () => {
    expect(read('{server: "http://127.0.0.1:8001"}').server.port).toBe('8001');
  });
});
