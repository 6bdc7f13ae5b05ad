import { describe, expect, test } from '@jest/globals';
import type { CredentialNeed } from '../cloud/cloud.js';
import { newCredential } from './generate.js';
import { isStale } from './renewal.js';

const day = 24 * 3_600_000;
const now = Date.UTC(2026, 0, 1);
const need: CredentialNeed = {
  sort: 'certificate',
  name: 'public-endpoints',
  commonName: '*.a.example.org',
  dnsNames: ['*.a.example.org', 'a.example.org'],
  renewed: true,
};
const secret = newCredential(need, { namespace: 'openstack', now });

describe('a certificate of the public endpoints', () => {
  test('is made anew in its last month, when the domain is another, and when it is none', () => {
    expect(isStale(need, secret, now)).toBe(false);
    expect(isStale(need, secret, now + 3600 * day)).toBe(false);
    expect(isStale(need, secret, now + 3630 * day)).toBe(true);
    expect(isStale({ ...need, dnsNames: ['*.b.example.org'] }, secret, now)).toBe(true);
    const broken = { ...secret, data: { 'tls.crt': Buffer.from('none').toString('base64') } };
    expect(isStale(need, broken, now)).toBe(true);
  });

  test('others stay as they are: what trusts them would not follow', () => {
    const { renewed: _, ...other } = need;
    expect(isStale(other, secret, now + 4000 * day)).toBe(false);
    expect(isStale(need, undefined, now)).toBe(false);
  });
});
