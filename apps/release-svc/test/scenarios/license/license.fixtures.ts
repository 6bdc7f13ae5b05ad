import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const issuer = generateKeyPairSync('ed25519');

/** The public key of the issuer of `aToken`. */
export const issuerKey = issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A license that says this. */
export function aToken(claims: object, key: KeyObject = issuer.privateKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'EdDSA' })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}
