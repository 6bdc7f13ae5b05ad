import { createPublicKey, verify } from 'node:crypto';
import { type LicenseStatus, LicenseLimitsSchema } from '@keelson/api';
import { messageOf, terminal } from '@keelson/std';
import { z } from 'zod';

/** What a license says. Times are seconds since the epoch, as in RFC 7519. */
const ClaimsSchema = z.object({
  /** Who it was given to. */
  sub: z.string().min(1),
  /** Id of the installation it is for; any unless given. */
  aud: z.string().optional(),
  exp: z.number().int().positive(),
  dev: z.boolean().optional(),
  limits: LicenseLimitsSchema.optional(),
  openstack: LicenseLimitsSchema.optional(),
});
export type LicenseClaims = z.infer<typeof ClaimsSchema>;

const HeaderSchema = z.object({ alg: z.literal('EdDSA') });

/**
 * Reads a license: a token of RFC 7519, signed with Ed25519 (RFC 8037) by the issuer whose public key is given.
 *
 * @throws Failure terminal with a sentence that holds nothing of the text
 */
export function readLicense(text: string, issuerKeyPem: string, instance: string): LicenseClaims {
  const [header = '', payload = '', signature = '', ...rest] = text.trim().split('.');
  if (rest.length > 0 || signature === '') throw refused('it is no token of three parts');
  if (!HeaderSchema.safeParse(json(header)).success) throw refused('it is not signed with EdDSA');
  if (!isSigned(`${header}.${payload}`, signature, issuerKeyPem)) throw refused('its signature is not of the issuer');
  const claims = ClaimsSchema.safeParse(json(payload));
  if (!claims.success) throw refused(`it lacks ${claims.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  if (claims.data.aud !== undefined && claims.data.aud !== instance)
    throw refused(`it is for another installation; this one is ${instance}`);
  return claims.data;
}

/** Whether it has ended, and what of it is shown. */
export function standingOf(claims: LicenseClaims, now: number): Omit<LicenseStatus, 'instance' | 'message'> {
  const ends = claims.exp * 1000;
  return {
    customerID: claims.sub,
    dev: claims.dev ?? false,
    ...(claims.limits === undefined ? {} : { limits: claims.limits }),
    ...(claims.openstack === undefined ? {} : { openstack: claims.openstack }),
    expirationTime: new Date(ends).toISOString().replace('.000Z', 'Z'),
    expired: ends <= now,
  };
}

function isSigned(text: string, signature: string, keyPem: string): boolean {
  try {
    return verify(null, Buffer.from(text), createPublicKey(keyPem), Buffer.from(signature, 'base64url'));
  } catch (cause) {
    throw terminal(`the key of the issuer of licenses cannot be read: ${messageOf(cause)}`, {
      cause,
      reason: 'BadIssuerKey',
    });
  }
}

function json(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const refused = (why: string) => terminal(`the license is not accepted: ${why}`, { reason: 'LicenseRefused' });
