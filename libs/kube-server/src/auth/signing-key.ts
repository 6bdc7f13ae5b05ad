import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { integerBelow, type Random } from '@keelson/std';

/** A key that signs JSON Web Tokens; everything about it is synchronous. */
export interface SigningKey {
  readonly algorithm: 'ES256' | 'RS256' | 'EdDSA';
  readonly keyId: string;
  sign(text: string): string;
  /** @param signature base64url */
  verifies(text: string, signature: string): boolean;
  /** The public half as a JSON Web Key (RFC 7517). */
  jwk(): Record<string, unknown>;
}

/**
 * Reads a private key in PEM.
 *
 * @throws TypeError when it is neither EC P-256 nor RSA nor Ed25519
 */
export function signingKey(pem: string): SigningKey {
  return keyOf(createPrivateKey(pem));
}

/** PKCS #8 of an Ed25519 key up to its 32 secret bytes (RFC 8410, section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key made of `random` alone: the same world has the same tokens, for Ed25519 signatures have no chance in them. */
export function freshSigningKey(random: Random): SigningKey {
  const secret = Buffer.from(Array.from({ length: 32 }, () => integerBelow(random, 256)));
  return keyOf(createPrivateKey({ key: Buffer.concat([ed25519Prefix, secret]), format: 'der', type: 'pkcs8' }));
}

function keyOf(privateKey: KeyObject): SigningKey {
  const algorithm = algorithmOf(privateKey);
  const publicKey = createPublicKey(privateKey);
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  const keyId = createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url');
  // JWS wants the two numbers of an ECDSA signature side by side (RFC 7518, section 3.4); other keys ignore this.
  const dsaEncoding = 'ieee-p1363';
  return {
    algorithm,
    keyId,
    sign: (text) => sign(digest, Buffer.from(text), { key: privateKey, dsaEncoding }).toString('base64url'),
    verifies: (text, signature) =>
      verify(digest, Buffer.from(text), { key: publicKey, dsaEncoding }, Buffer.from(signature, 'base64url')),
    jwk: () => ({ use: 'sig', kid: keyId, alg: algorithm, ...publicKey.export({ format: 'jwk' }) }),
  };
}

function algorithmOf(key: KeyObject): SigningKey['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new TypeError('the key of service-account tokens must be EC P-256, RSA or Ed25519');
}
