import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { memoryLog } from '../storage/memory-log.js';
import type { Draft } from '../storage/stored.js';

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'robot' } };
const where = { namespace: 'default', name: 'robot' };

function pemOf(type: 'ES256' | 'RS256'): string {
  const { privateKey } =
    type === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function tokenOf(request: Draft): string {
  return String((request.status as Draft).token);
}

describe('tokens of service accounts', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
    await engine.create(account);
  });
  afterEach(() => engine.close());

  it('name their account until they expire', async () => {
    const issued = engine.issueToken(where, { spec: { expirationSeconds: 600 } });
    expect(issued).toMatchObject({
      kind: 'TokenRequest',
      metadata: where,
      status: { expirationTimestamp: '2026-01-01T00:10:00Z' },
    });
    const token = tokenOf(issued);
    expect(engine.authenticate({ bearer: token })).toMatchObject({
      name: 'system:serviceaccount:default:robot',
      uid: engine.get(account)?.metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    expect(engine.authenticate({ bearer: token })).toBe(engine.authenticate({ bearer: token }));
    await engine.clock.advance(600_000);
    expect(engine.authenticate({ bearer: token })).toBeUndefined();
  });

  it('end with the account, also when another takes its name', async () => {
    const token = tokenOf(engine.issueToken(where, {}));
    await engine.remove(account);
    expect(engine.authenticate({ bearer: token })).toBeUndefined();
    await engine.create(account);
    expect(engine.authenticate({ bearer: token })).toBeUndefined();
  });

  it('are refused when anything in them was changed', () => {
    const token = tokenOf(engine.issueToken(where, {}));
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('robot', 'admin')).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const bearer of ['', 'x', `${header}.${forged}.${signature}`, `${none}.${payload}.`, `${token}.x`])
      expect(engine.authenticate({ bearer })).toBeUndefined();
  });

  it('for other audiences are no credentials here, but reviewed there', () => {
    const token = tokenOf(engine.issueToken(where, { spec: { audiences: ['vault'] } }));
    expect(engine.authenticate({ bearer: token })).toBeUndefined();
    const review = (audiences: string[]): unknown =>
      engine.review(
        'authentication.k8s.io/v1',
        'TokenReview',
        { spec: { token, audiences } },
        { name: 'x', groups: [] },
      )?.status;
    expect(review(['vault', 'x'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: 'system:serviceaccount:default:robot' },
    });
    expect(review(['x'])).toMatchObject({
      user: {},
      error: expect.stringContaining('is invalid for the target audiences'),
    });
  });

  it('are refused to be made for too short a time, or for nobody', () => {
    expect(() => engine.issueToken(where, { spec: { expirationSeconds: 10 } })).toThrow(
      'may not specify a duration less than 10 minutes',
    );
    expect(() => engine.issueToken({ ...where, name: 'nobody' }, {})).toThrow('serviceaccounts "nobody" not found');
  });

  it.each(['ES256', 'RS256', undefined] as const)(
    'are verified by others with the published keys (%s)',
    async (type) => {
      const other = await testEngine(
        type === undefined ? {} : { serviceAccountKey: pemOf(type), issuer: 'https://issuer' },
      );
      await other.create(account);
      const token = tokenOf(other.issueToken(where, { spec: { audiences: ['a'] } }));
      const { payload, protectedHeader } = await jwtVerify(
        token,
        createLocalJWKSet(other.jwks() as unknown as JSONWebKeySet),
        { audience: 'a', currentDate: new Date(other.clock.now()) },
      );
      expect(protectedHeader.alg).toBe(type ?? 'EdDSA');
      expect(payload).toMatchObject({
        sub: 'system:serviceaccount:default:robot',
        'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot' } },
      });
      await other.close();
    },
  );

  it('of a key that signed before are good for as long as that key is known', async () => {
    const log = memoryLog({ keepsTail: true });
    const [former, next] = [pemOf('ES256'), pemOf('RS256')];
    const formerPublic = createPublicKey(former).export({ type: 'spki', format: 'pem' }).toString();
    const first = await testEngine({ log, serviceAccountKey: former });
    await first.create(account);
    const token = tokenOf(first.issueToken(where, {}));
    await first.close();
    const outcomes = [];
    for (const serviceAccountKey of [`${former}${next}`, `${next}${former}`, `${next}${formerPublic}`, next]) {
      const engine = await testEngine({ log, serviceAccountKey });
      const signed = decodeProtectedHeader(tokenOf(engine.issueToken(where, {}))).alg;
      const isGood = engine.authenticate({ bearer: token }) !== undefined;
      outcomes.push([signed, isGood, (engine.jwks().keys as Draft[]).map(({ alg }) => alg)]);
      await engine.close();
    }
    expect(outcomes).toEqual([
      ['ES256', true, ['ES256', 'RS256']],
      ['RS256', true, ['RS256', 'ES256']],
      ['RS256', true, ['RS256', 'ES256']],
      ['RS256', false, ['RS256']],
    ]);
  });

  it('cannot be signed with nothing, nonsense or a public key', async () => {
    const publicKey = createPublicKey(pemOf('ES256')).export({ type: 'spki', format: 'pem' }).toString();
    for (const serviceAccountKey of ['', 'no key', publicKey])
      await expect(testEngine({ serviceAccountKey })).rejects.toThrow('must be a private key in PEM');
  });
});

describe('other credentials', () => {
  it('are a certificate, or none', async () => {
    const engine = await testEngine();
    const certificate = { commonName: 'ann', organizations: ['team'], fingerprintSha256: 'AB:CD' };
    expect(engine.authenticate({ certificate, bearer: 'wrong' })).toEqual({
      name: 'ann',
      groups: ['team', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abcd'] },
    });
    expect(engine.authenticate({})).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
    await engine.close();
  });
});
