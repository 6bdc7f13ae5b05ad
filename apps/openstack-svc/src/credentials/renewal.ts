import { X509Certificate } from 'node:crypto';
import type { Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import type { CredentialNeed } from '../cloud/cloud.js';

/** Before a certificate ends there is time for whoever must trust its successor. */
const renewalMs = 30 * 24 * 3_600_000;

/**
 * True for a certificate that is for other names than it is to be, of another authority, or that ends soon; only for those that
 * may be made anew.
 *
 * @param issuer of a certificate that names one
 */
export function isStale(need: CredentialNeed, secret: Secret | undefined, now: number, issuer?: Secret): boolean {
  const pem = textIn(secret, 'tls.crt');
  if (need.sort !== 'certificate' || need.renewed !== true || pem === undefined) return false;
  const certificate = certificateIn(pem);
  if (certificate === undefined) return true;
  if (need.issuer !== undefined && textIn(issuer, 'tls.crt') !== textIn(secret, 'ca.crt')) return true;
  const names = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^DNS:/, ''));
  return Date.parse(certificate.validTo) - now < renewalMs || need.dnsNames.some((name) => !names.includes(name));
}

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
