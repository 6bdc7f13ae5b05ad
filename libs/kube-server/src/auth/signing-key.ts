import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { integerBelow, type Random } from '@keelson/std';

/** A key that verifies JSON Web Tokens; everything about it is synchronous. */
export interface VerifyingKey {
  readonly algorithm: 'ES256' | 'RS256' | 'EdDSA';
  readonly keyId: string;
  /** @param signature base64url */
  verifies(text: string, signature: string): boolean;
  /** The public half as a JSON Web Key (RFC 7517). */
  jwk(): Record<string, unknown>;
}

export interface SigningKey extends VerifyingKey {
  sign(text: string): string;
}

/** The key that signs, and those that signed before or will: tokens of all of them are good. */
export interface TokenKeys {
  readonly signing: SigningKey;
  readonly verifying: readonly VerifyingKey[];
}

/**
 * Reads keys in PEM, one after the other: the first, which is private, signs; all verify, and of the others the public
 * halves are enough.
 *
 * @throws TypeError when one is neither EC P-256 nor RSA nor Ed25519, or the first is not private
 */
export function tokenKeys(pem: string): TokenKeys {
  const [first, ...others] = pem.match(/-----BEGIN ([A-Z ]*KEY)-----[^-]+-----END \1-----/g) ?? [];
  if (first === undefined || isPublic(first))
    throw new TypeError('the first key of service-account tokens must be a private key in PEM');
  const signing = keyOf(createPrivateKey(first));
  return { signing, verifying: [signing, ...others.map((text) => publicHalf(createPublicKey(text)))] };
}

function isPublic(pem: string): boolean {
  return /^-----BEGIN [A-Z ]*PUBLIC KEY/.test(pem);
}

/** PKCS #8 of an Ed25519 key up to its 32 secret bytes (RFC 8410, section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key made of `random` alone: the same world has the same tokens, for Ed25519 signatures have no chance in them. */
export function freshTokenKeys(random: Random): TokenKeys {
  const secret = Buffer.from(Array.from({ length: 32 }, () => integerBelow(random, 256)));
  const der = Buffer.concat([ed25519Prefix, secret]);
  const signing = keyOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return { signing, verifying: [signing] };
}

// JWS wants the two numbers of an ECDSA signature side by side (RFC 7518, section 3.4); other keys ignore this.
const dsaEncoding = 'ieee-p1363';

function keyOf(privateKey: KeyObject): SigningKey {
  const key = publicHalf(createPublicKey(privateKey));
  const digest = digestOf(key.algorithm);
  return {
    ...key,
    sign: (text) => sign(digest, Buffer.from(text), { key: privateKey, dsaEncoding }).toString('base64url'),
  };
}

function publicHalf(publicKey: KeyObject): VerifyingKey {
  const algorithm = algorithmOf(publicKey);
  const digest = digestOf(algorithm);
  const keyId = createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url');
  return {
    algorithm,
    keyId,
    verifies: (text, signature) =>
      verify(digest, Buffer.from(text), { key: publicKey, dsaEncoding }, Buffer.from(signature, 'base64url')),
    jwk: () => ({ use: 'sig', kid: keyId, alg: algorithm, ...publicKey.export({ format: 'jwk' }) }),
  };
}

/** Ed25519 has its own. */
function digestOf(algorithm: VerifyingKey['algorithm']): string | null {
  return algorithm === 'EdDSA' ? null : 'sha256';
}

function algorithmOf(key: KeyObject): SigningKey['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new TypeError('the key of service-account tokens must be EC P-256, RSA or Ed25519');
}
