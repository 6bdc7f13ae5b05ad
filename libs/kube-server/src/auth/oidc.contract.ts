import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority, issueCertificate, systemClock, systemHttp } from '@keelson/std';
import { type ServedEngine, servedEngine } from '../http/served.fixtures.js';

const notBefore = systemClock.now() - 60_000;
const authority = createAuthority({ commonName: 'issuer', notBefore, days: 1 });
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** An issuer on the loopback, asked over TLS by a server that is asked over TLS. */
describe('ID tokens over the network', () => {
  let id: Server;
  let issuer: string;
  let api: ServedEngine;

  beforeAll(async () => {
    const certificate = issueCertificate(authority, {
      commonName: 'issuer',
      notBefore,
      days: 1,
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
    });
    id = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (request, response) => {
      const keys = [{ kid: 'k', use: 'sig', alg: 'RS256', ...publicKey.export({ format: 'jwk' }) }];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` }));
    });
    await new Promise<void>((resolve) => id.listen(0, '127.0.0.1', resolve));
    issuer = `https://127.0.0.1:${(id.address() as AddressInfo).port}`;
    const oidc = {
      http: systemHttp,
      issuer,
      clientId: 'keelson',
      authority: authority.certPem,
      usernamePrefix: 'iam:',
    };
    api = await servedEngine({ oidc });
  });

  afterAll(async () => {
    await api.close();
    id.closeAllConnections();
    await new Promise((resolve) => id.close(resolve));
  });

  function tokenFor(audience: string): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
    const claims = { iss: issuer, aud: audience, sub: 'ann', exp: systemClock.now() / 1000 + 600 };
    const text = `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}`;
    return `${text}.${createSign('sha256').update(text).sign(privateKey).toString('base64url')}`;
  }

  async function whoIs(token: string, impersonated?: string): Promise<{ status: number; body: string }> {
    const { status, body } = await systemHttp({
      method: 'POST',
      url: `https://127.0.0.1:${api.port}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(impersonated === undefined ? {} : { 'impersonate-user': impersonated }),
      },
      body: '{}',
      timeoutMs: 5000,
      tls: { ca: api.authority },
    });
    return { status, body: Buffer.from(body).toString('utf8') };
  }

  it('say who asks, from the first request on', async () => {
    expect(await whoIs(tokenFor('keelson'))).toEqual({
      status: 201,
      body: expect.stringContaining('"userInfo":{"username":"iam:ann","groups":["system:authenticated"]}'),
    });
  });

  it('for somebody else are refused', async () => {
    expect((await whoIs(tokenFor('another'))).status).toBe(401);
  });

  it('give no right to act as another', async () => {
    expect(await whoIs(tokenFor('keelson'), 'root')).toEqual({
      status: 403,
      body: expect.stringContaining('User \\"iam:ann\\" cannot impersonate resource \\"users\\"'),
    });
  });
});
