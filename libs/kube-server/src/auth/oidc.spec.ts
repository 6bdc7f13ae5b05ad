import { createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Http } from '@keelson/std';
import { type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import type { User } from '../registry/context.js';
import type { Draft } from '../storage/stored.js';
import type { OidcOptions } from './oidc.js';

const issuer = 'https://id.test/realms/cloud';
const start = Date.parse('2026-01-01T00:00:00Z') / 1000;

interface Pair {
  readonly id: string;
  readonly alg: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const pairs = {
  rsa: { id: 'rsa', alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  next: { id: 'next', alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  curve: { id: 'curve', alg: 'ES384', ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
} satisfies Record<string, Pair>;

function tokenBy(pair: Pair, claims: Draft = {}, header: Draft = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
  const body = { iss: issuer, aud: 'keelson', sub: 'u-1', exp: start + 600, ...claims };
  const text = `${part({ alg: pair.alg, kid: pair.id, ...header })}.${part(body)}`;
  const signature =
    pair.alg === 'RS256'
      ? createSign('sha256').update(text).sign(pair.privateKey)
      : sign('sha384', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

interface IssuerWorld {
  readonly engine: TestEngine;
  /** Addresses that were asked, in order. */
  readonly asked: string[];
  keys: readonly Pair[];
  isDown: boolean;
  /** As a transport does it: prepares, then authenticates. */
  readonly user: (bearer: string) => Promise<User | undefined>;
}

async function issuerWorld(more: Partial<OidcOptions> = {}, configuration: Draft = {}): Promise<IssuerWorld> {
  const asked: string[] = [];
  const json = (value: object) => ({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(value), 'utf8') });
  const http: Http = ({ url }) => {
    asked.push(url);
    if (world.isDown) return Promise.reject(new Error('ECONNREFUSED'));
    if (url.endsWith('/.well-known/openid-configuration'))
      return Promise.resolve(json({ issuer, jwks_uri: `${issuer}/keys`, ...configuration }));
    const keys = world.keys.map(({ id, publicKey }) => ({
      kid: id,
      use: 'sig',
      ...publicKey.export({ format: 'jwk' }),
    }));
    return Promise.resolve(json({ keys: [{ kty: 'oct', k: 'AAAA' }, { kty: 'RSA' }, ...keys] }));
  };
  const engine = await testEngine({ oidc: { http, issuer, clientId: 'keelson', ...more } });
  const world: IssuerWorld = {
    engine,
    asked,
    keys: [pairs.rsa],
    isDown: false,
    user: async (bearer) => {
      await engine.prepare({ bearer });
      return engine.authenticate({ bearer });
    },
  };
  return world;
}

describe('ID tokens', () => {
  it('name users after their issuer, unless told otherwise', async () => {
    const { user } = await issuerWorld();
    expect(await user(tokenBy(pairs.rsa))).toEqual({
      name: `${issuer}#u-1`,
      groups: ['system:authenticated'],
    });
  });

  it.each<[Partial<OidcOptions>, Draft, User | undefined]>([
    [{ usernameClaim: 'email' }, { email: 'a@b.c' }, { name: 'a@b.c', groups: ['system:authenticated'] }],
    [{ usernameClaim: 'email' }, { email: 'a@b.c', email_verified: false }, undefined],
    [{ usernamePrefix: '-' }, {}, { name: 'u-1', groups: ['system:authenticated'] }],
    [{ usernamePrefix: 'iam:' }, {}, { name: 'iam:u-1', groups: ['system:authenticated'] }],
    [{ usernameClaim: 'missing' }, {}, undefined],
    [
      { usernamePrefix: '-', groupsClaim: 'roles', groupsPrefix: 'iam:' },
      { roles: ['m:kaas@operator', 'x'] },
      { name: 'u-1', groups: ['iam:m:kaas@operator', 'iam:x', 'system:authenticated'] },
    ],
    [
      { usernamePrefix: '-', groupsClaim: 'roles' },
      { roles: 'one' },
      { name: 'u-1', groups: ['one', 'system:authenticated'] },
    ],
    [{ groupsClaim: 'roles' }, { roles: [1] }, undefined],
    [{ requiredClaims: { tier: 'gold' } }, { tier: 'tin' }, undefined],
  ])('read as %j says', async (options, claims, expected) => {
    const { user } = await issuerWorld(options);
    expect(await user(tokenBy(pairs.rsa, claims))).toEqual(expected);
  });

  it('count for several audiences', async () => {
    const { user } = await issuerWorld();
    expect(await user(tokenBy(pairs.rsa, { aud: ['other', 'keelson'] }))).toBeDefined();
  });

  const flipped = (token: string): string => token.slice(0, -8) + (token.at(-8) === 'A' ? 'B' : 'A') + token.slice(-7);
  it.each([
    ['of another issuer', tokenBy(pairs.rsa, { iss: 'https://evil.test' })],
    ['for another client', tokenBy(pairs.rsa, { aud: 'other' })],
    ['that have expired', tokenBy(pairs.rsa, { exp: start - 1 })],
    ['without an end', tokenBy(pairs.rsa, { exp: undefined })],
    ['of tomorrow', tokenBy(pairs.rsa, { nbf: start + 400 })],
    ["of a key that is not the issuer's", tokenBy({ ...pairs.next, id: 'rsa' })],
    ['that were changed', flipped(tokenBy(pairs.rsa))],
    ['without a signature', `${tokenBy(pairs.rsa, {}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['signed by an algorithm nobody allowed', tokenBy(pairs.curve)],
    ['that are none', 'a.b.c'],
  ])('are nobody: those %s', async (_what, token) => {
    const world = await issuerWorld();
    world.keys = [pairs.rsa, pairs.curve];
    expect(await world.user(token)).toBeUndefined();
  });

  it('may be signed over elliptic curves where that is allowed, by a key they do not name', async () => {
    const world = await issuerWorld({ algorithms: ['ES384'] });
    world.keys = [pairs.rsa, pairs.curve];
    expect(await world.user(tokenBy(pairs.curve, {}, { kid: undefined }))).toBeDefined();
  });

  it('stop counting when they expire, though they were verified', async () => {
    const { engine, user } = await issuerWorld();
    const token = tokenBy(pairs.rsa);
    expect(await user(token)).toBeDefined();
    await engine.clock.advance(601_000);
    expect(await user(token)).toBeUndefined();
  });

  it('are answered by TokenReview', async () => {
    const { engine, user } = await issuerWorld({ usernamePrefix: '-' });
    const token = tokenBy(pairs.rsa);
    const caller = await user(token);
    const asked = { spec: { token } };
    expect(caller && engine.review('authentication.k8s.io/v1', 'TokenReview', asked, caller)).toMatchObject({
      status: { authenticated: true, user: { username: 'u-1' } },
    });
  });
});

describe('the keys of an issuer', () => {
  it('are fetched once, and again when a token names a new one', async () => {
    const world = await issuerWorld();
    await world.user(tokenBy(pairs.rsa));
    await world.user(tokenBy(pairs.rsa, { sub: 'u-2' }));
    expect(world.asked).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/keys`]);
    world.keys = [pairs.next];
    await world.engine.clock.advance(20_000);
    expect(await world.user(tokenBy(pairs.next))).toBeDefined();
    expect(world.asked.length).toBe(4);
    expect(await world.user(tokenBy(pairs.rsa))).toBeUndefined();
  });

  it('are not asked for more often than every ten seconds, whatever tokens come', async () => {
    const world = await issuerWorld();
    for (let n = 0; n < 20; n += 1) await world.user(tokenBy(pairs.next, { sub: `u-${n}` }));
    expect(world.asked.length).toBe(2);
  });

  it('are good while the issuer is away, for a day', async () => {
    const world = await issuerWorld();
    const exp = start + 3 * 86_400;
    await world.user(tokenBy(pairs.rsa, { exp }));
    world.isDown = true;
    await world.engine.clock.advance(2 * 3_600_000);
    expect(await world.user(tokenBy(pairs.rsa, { exp }))).toBeDefined();
    await world.engine.clock.advance(23 * 3_600_000);
    expect(await world.user(tokenBy(pairs.rsa, { exp }))).toBeUndefined();
  });

  it.each([
    ['calls itself something else', { issuer: 'https://evil.test' }],
    ['has its keys at a plain address', { jwks_uri: 'http://id.test/keys' }],
  ])('are not believed when the issuer %s', async (_what, configuration) => {
    const { user } = await issuerWorld({}, configuration);
    expect(await user(tokenBy(pairs.rsa))).toBeUndefined();
  });
});
