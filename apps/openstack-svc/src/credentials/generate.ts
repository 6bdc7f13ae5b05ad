import { randomBytes } from 'node:crypto';
import { type Secret, secretPriorityAnnotation } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { createAuthority, issueCertificate, rfc3339 } from '@keelson/std';
import { backupNameOf, type CredentialNeed, secretNameOf, upcomingNameOf } from '../cloud/cloud.js';
import { sharedCredentials } from '../conventions/credentials.js';
import { rotatedAtAnnotation, rotationAnnotation, rotationGroupAnnotation, sdnExchangeLabel } from '../names.js';

/** Certificates begin a little in the past: clocks of nodes differ. */
const backdateMs = 300_000;
/** Internal authorities live as long as a cloud may, and leaves that nobody else's authority signs for as long. */
const certificateDays = 3650;
/** What an authority that stays signs anew in time. */
const issuedDays = 365;
const passwordLength = 32;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export type UserNeed = Extract<CredentialNeed, { sort: 'user' }>;

export interface Making {
  readonly namespace: string;
  readonly now: number;
  /** Which rotation it is made by; 0 at first. */
  readonly rotation?: number;
  /** The authority's Secret, for a certificate that names an issuer. */
  readonly issuer?: Secret | undefined;
}

/** The Secret of a credential, new. @throws Error for a certificate whose issuer is missing */
export function newCredential(need: CredentialNeed, making: Making): Secret {
  const { namespace, now, rotation = 0 } = making;
  const annotations = annotationsOf(need, now, rotation);
  const secret = secretOf(secretNameOf(need.name), namespace, contentOf(need, making), annotations);
  if (need.name !== sharedCredentials.keystoneAdmin) return secret;
  // sdn-svc asks neutron with it, and finds it by its label.
  return { ...secret, metadata: { ...secret.metadata, labels: { [sdnExchangeLabel]: 'from-openstack' } } };
}

function annotationsOf(need: CredentialNeed, now: number, rotation: number): Record<string, string> {
  if (need.sort === 'user') return userAnnotations(need, now, rotation);
  const isRotated = need.sort === 'certificate' && need.rotation !== undefined;
  return isRotated && rotation > 0 ? { [rotationAnnotation]: String(rotation) } : {};
}

function userAnnotations(need: UserNeed, now: number, rotation: number): Record<string, string> {
  return {
    [secretPriorityAnnotation]: 'active',
    [rotationAnnotation]: String(rotation),
    [rotationGroupAnnotation]: need.rotation,
    ...(rotation === 0 ? {} : { [rotatedAtAnnotation]: rfc3339(now) }),
  };
}

/** What a rotation makes a credential into, kept beside it until it is in force. */
export function upcomingCredential(need: CredentialNeed, namespace: string, now: number, rotation: number): Secret {
  const { metadata, data } = newCredential(need, { namespace, now, rotation });
  const annotations = { ...metadata.annotations, [secretPriorityAnnotation]: 'next' };
  return { ...secretOf(upcomingNameOf(need.name), namespace, {}, annotations), data: { ...data } };
}

/** What was active until a rotation, kept beside it. */
export function backupOf(name: string, active: Secret): Secret {
  const { namespace, annotations } = active.metadata;
  const marked = { ...annotations, [secretPriorityAnnotation]: 'backup' };
  return { ...secretOf(backupNameOf(name), namespace ?? '', {}, marked), data: { ...active.data } };
}

/** The user's name after so many rotations. */
export function usernameOf({ username }: UserNeed, rotation: number): string {
  return rotation === 0 ? username : `${username}-r${rotation}`;
}

function contentOf(need: CredentialNeed, { now, rotation = 0, issuer }: Making): Record<string, string> {
  switch (need.sort) {
    case 'user':
      return { username: usernameOf(need, rotation), password: randomText(passwordLength) };
    case 'key':
      return { value: keyOf(need) };
    case 'certificate':
      return certificateOf(named(need, rotation), now, issuer);
  }
}

function keyOf({ encoding, length }: Extract<CredentialNeed, { sort: 'key' }>): string {
  if (encoding === 'text') return randomText(length);
  const text = randomBytes(length).toString(encoding);
  // Node leaves the padding of base64url away; keystone refuses a Fernet key without it.
  return encoding === 'base64url' ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
}

type CertificateNeed = Extract<CredentialNeed, { sort: 'certificate' }>;

/** OpenSSL finds who has signed a certificate without a key identifier by name alone: two authorities of one name hide each other. */
function named(need: CertificateNeed, rotation: number): CertificateNeed {
  return need.rotation === undefined || rotation === 0
    ? need
    : { ...need, commonName: `${need.commonName}-r${rotation}` };
}

function certificateOf(need: CertificateNeed, now: number, issuer: Secret | undefined): Record<string, string> {
  const isPassing = need.issuer !== undefined && need.renewed === true;
  const life = { notBefore: now - backdateMs, days: isPassing ? issuedDays : certificateDays };
  const authority =
    need.issuer === undefined ? createAuthority({ commonName: need.commonName, ...life }) : authorityIn(need, issuer);
  if (need.isAuthority === true)
    return { 'tls.crt': authority.certPem, 'tls.key': authority.keyPem, 'ca.crt': authority.certPem };
  const leaf = issueCertificate(authority, {
    commonName: need.commonName,
    dnsNames: need.dnsNames,
    usages: ['server', 'client'],
    ...life,
  });
  return { 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem, 'ca.crt': authority.certPem };
}

function authorityIn({ name }: CertificateNeed, issuer: Secret | undefined): { certPem: string; keyPem: string } {
  const [certPem, keyPem] = [textIn(issuer, 'tls.crt'), textIn(issuer, 'tls.key')];
  if (certPem === undefined || keyPem === undefined)
    throw new Error(`the authority of the certificate ${name} is missing`);
  return { certPem, keyPem };
}

/** Letters and digits, each equally likely: bytes past the last whole round of the alphabet are thrown away. */
function randomText(length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length] ?? '';
    }
  }
  return text;
}

function secretOf(
  name: string,
  namespace: string,
  text: Readonly<Record<string, string>>,
  annotations: Record<string, string>,
): Secret {
  const entries = Object.entries(text).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    type: 'Opaque',
    data: Object.fromEntries(entries),
  };
}
