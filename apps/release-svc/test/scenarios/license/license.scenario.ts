import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventKind, type KubeObject, type License, LicenseKind, SecretKind } from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';

const issuer = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const day = 86_400;

function aToken(claims: object, key = issuer.privateKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'EdDSA' })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

describe('the license', () => {
  let world: HermeticCluster;
  const key = { name: 'license' };
  const license = (): Promise<License> => world.get(LicenseKind, key);
  const write = async (value: string): Promise<void> => {
    await world.api.patch(LicenseKind, key, { spec: { license: { value } } });
    await world.advance(5);
  };
  const ends = (days: number): number => Math.round(world.clock.now() / 1000) + days * day;

  beforeEach(async () => {
    world = await hermeticCluster();
    const licenseIssuerKey = issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config: { licenseIssuerKey } }));
    await world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'License',
      metadata: key,
      spec: {},
    } as KubeObject);
    await world.advance(5);
  });
  afterEach(() => world.close());

  it('is none at first: no limits, for development', async () => {
    expect((await license()).status).toMatchObject({ dev: true, expired: false });
    expect((await license()).status?.limits).toBeUndefined();
  });

  it('is checked, moved to a Secret and blanked; its limits and its end are shown', async () => {
    const text = aToken({ sub: 'acme', exp: ends(365), limits: { clusters: 3 }, openstack: { workersPerCluster: 50 } });
    await write(text);
    expect((await license()).spec.license).toEqual({ secret: { name: 'license', key: 'value' } });
    expect((await license()).status).toMatchObject({
      customerID: 'acme',
      dev: false,
      expired: false,
      limits: { clusters: 3 },
      openstack: { workersPerCluster: 50 },
      expirationTime: '2027-01-01T00:00:05Z',
    });
    const secret = await world.get(SecretKind, { namespace: 'keelson-system', name: 'license' });
    expect(Buffer.from(secret.data?.['value'] ?? '', 'base64').toString()).toBe(text);
    const told = JSON.stringify([(await world.api.list(EventKind)).items, await license(), world.warnings]);
    expect(told).not.toContain(text.slice(-20));
  });

  it('warns a month before its end, and has expired at its end', async () => {
    await write(aToken({ sub: 'acme', exp: ends(40) }));
    expect((await license()).status?.message).toBeUndefined();
    await world.advance(11 * day);
    expect((await license()).status?.message).toMatch(/ends in (29|30) days/);
    await world.advance(30 * day);
    expect((await license()).status).toMatchObject({ expired: true, message: expect.stringMatching(/has expired/) });
  });

  it.each([
    [
      'of somebody else',
      () => aToken({ sub: 'acme', exp: 9e9 }, stranger.privateKey),
      /signature is not of the issuer/,
    ],
    ['that is no token', () => 'LICENSE', /no token of three parts/],
    ['of another installation', () => aToken({ sub: 'acme', exp: 9e9, aud: 'elsewhere' }), /for another installation/],
    ['without an end', () => aToken({ sub: 'acme' }), /it lacks exp/],
  ])('%s is refused with the reason, and the one in force stays', async (_what, text, message) => {
    await write(aToken({ sub: 'acme', exp: ends(365), limits: { clusters: 3 } }));
    await write(text());
    expect((await license()).status).toMatchObject({
      customerID: 'acme',
      limits: { clusters: 3 },
      message: expect.stringMatching(message),
    });
  });
});
