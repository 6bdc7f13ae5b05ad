import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isObject } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';

/** A JSON Web Token (RFC 7519) whose signature nobody has looked at. */
export interface Jwt {
  readonly header: Draft;
  readonly claims: Draft;
  /** What was signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

const maxTokenLength = 32_768;

/** Reads a token; undefined when it is none. */
export function readJwt(token: string): Jwt | undefined {
  if (token.length > maxTokenLength) return undefined;
  const [header = '', payload = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0 || !isBase64Url(signature)) return undefined;
  const [top, claims] = [partOf(header), partOf(payload)];
  if (top === undefined || claims === undefined) return undefined;
  return { header: top, claims, signed: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') };
}

/** Decoders pass over what does not belong into a signature, so that one token would have many spellings. */
export function isBase64Url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function partOf(text: string): Draft | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Scheme {
  readonly digest: string;
  readonly keyType: 'rsa' | 'ec';
  readonly isPss?: boolean;
  /** Of elliptic curves: an algorithm names its curve. */
  readonly curve?: string;
}

/** RFC 7518, section 3.1; what is signed with a shared secret, or not at all, is not here. */
const schemes: Readonly<Record<string, Scheme>> = {
  RS256: { digest: 'sha256', keyType: 'rsa' },
  RS384: { digest: 'sha384', keyType: 'rsa' },
  RS512: { digest: 'sha512', keyType: 'rsa' },
  PS256: { digest: 'sha256', keyType: 'rsa', isPss: true },
  PS384: { digest: 'sha384', keyType: 'rsa', isPss: true },
  PS512: { digest: 'sha512', keyType: 'rsa', isPss: true },
  ES256: { digest: 'sha256', keyType: 'ec', curve: 'prime256v1' },
  ES384: { digest: 'sha384', keyType: 'ec', curve: 'secp384r1' },
  ES512: { digest: 'sha512', keyType: 'ec', curve: 'secp521r1' },
};

export const signatureAlgorithms: readonly string[] = Object.keys(schemes);

/** Whether a token was signed with the private half of a key, by the algorithm it names. Synchronous. */
export function isSignedBy({ header, signed, signature }: Jwt, key: KeyObject): boolean {
  const scheme = typeof header.alg === 'string' && Object.hasOwn(schemes, header.alg) ? schemes[header.alg] : undefined;
  if (scheme === undefined || scheme.keyType !== key.asymmetricKeyType) return false;
  if (scheme.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== scheme.curve) return false;
  const padding = scheme.isPss === true ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  return verify(scheme.digest, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363', ...padding }, signature);
}

/** A key of a JSON Web Key Set; undefined when it is not for signatures or of a kind that is not known here. */
export function keyOfJwk(jwk: Draft): KeyObject | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined;
  if (jwk.kty !== 'RSA' && jwk.kty !== 'EC') return undefined;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}
