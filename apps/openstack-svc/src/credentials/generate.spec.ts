import { describe, expect, test } from '@jest/globals';
import { textIn } from '@keelson/mosk';
import type { CredentialNeed } from '../cloud/cloud.js';
import { newCredential } from './generate.js';

const valueOf = (encoding: Extract<CredentialNeed, { sort: 'key' }>['encoding'], length: number) =>
  textIn(newCredential({ sort: 'key', name: 'k', encoding, length }, { namespace: 'openstack', now: 0 }), 'value') ??
  '';

describe('generated keys', () => {
  test('a Fernet key is 32 bytes in the alphabet of URLs with its padding: keystone takes no other', () => {
    expect(valueOf('base64url', 32)).toMatch(/^[A-Za-z0-9_-]{43}=$/u);
  });

  test('the other encodings are of the length that is asked for', () => {
    expect(Buffer.from(valueOf('base64', 32), 'base64')).toHaveLength(32);
    expect(valueOf('hex', 16)).toMatch(/^[0-9a-f]{32}$/u);
    expect(valueOf('text', 32)).toMatch(/^[A-Za-z0-9]{32}$/u);
  });
});
