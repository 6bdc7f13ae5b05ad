import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority, issueCertificate, systemClock, systemHttp } from '@keelson/std';
import { aConfigMap, type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import type { Draft } from '../storage/stored.js';
import { aWebhook } from './webhooks.fixtures.js';

const notBefore = systemClock.now() - 60_000;
const authority = createAuthority({ commonName: 'hooks', notBefore, days: 1 });
const stranger = createAuthority({ commonName: 'stranger', notBefore, days: 1 });

describe('admission webhooks over TLS', () => {
  let engine: TestEngine;
  let server: Server;
  beforeAll(async () => {
    const usages = ['server'] as const;
    const { certPem, keyPem } = issueCertificate(authority, {
      commonName: 'hook',
      notBefore,
      days: 1,
      ipAddresses: ['127.0.0.1'],
      usages,
    });
    server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: { uid: string } };
        const verdict = { uid: review.request.uid, allowed: false, status: { message: `not at ${request.url}` } };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...review, request: undefined, response: verdict }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    engine = await testEngine({ clock: systemClock, webhooks: { http: systemHttp } });
  });
  afterAll(async () => {
    await engine.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function hook(name: string, ca: string): Draft {
    const { port } = server.address() as AddressInfo;
    const caBundle = Buffer.from(ca, 'utf8').toString('base64');
    return aWebhook('Validating', name, {
      clientConfig: { url: `https://127.0.0.1:${port}/judge`, caBundle },
      objectSelector: { matchLabels: { for: name } },
    });
  }
  const config = (name: string): Draft => aConfigMap(name, [], { labels: { for: name } });

  it('are believed when their certificate is of the authority in caBundle', async () => {
    await engine.create(hook('ours', authority.certPem));
    await expect(engine.create(config('ours'))).rejects.toThrow(
      'admission webhook "ours.hooks.test" denied the request: not at /judge?timeout=10s',
    );
  });

  it('are not called when it is of another', async () => {
    await engine.create(hook('theirs', stranger.certPem));
    await expect(engine.create(config('theirs'))).rejects.toThrow(
      /^Internal error occurred: failed calling webhook "theirs.hooks.test": failed to call webhook: Post .*(certificate|SIGNATURE|CERT)/i,
    );
  });
});
