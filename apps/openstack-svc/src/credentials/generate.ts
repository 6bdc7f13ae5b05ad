import { randomBytes } from 'node:crypto';
import { type Secret, secretPriorityAnnotation } from '@keelson/api';
import { createAuthority, issueCertificate, rfc3339 } from '@keelson/std';
import { backupNameOf, type CredentialNeed, secretNameOf, upcomingNameOf } from '../cloud/cloud.js';
import { sharedCredentials } from '../conventions/credentials.js';
import { rotatedAtAnnotation, rotationAnnotation, rotationGroupAnnotation, sdnExchangeLabel } from '../names.js';

/** Certificates begin a little in the past: clocks of nodes differ. */
const backdateMs = 300_000;
/** Internal authorities live as long as a cloud may, leaves for as long; both are made anew by rotation only. */
const certificateDays = 3650;
const passwordLength = 32;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export type UserNeed = Extract<CredentialNeed, { sort: 'user' }>;

/** The Secret of a credential, new. @param rotation which rotation it is made by; 0 at first */
export function newCredential(need: CredentialNeed, namespace: string, now: number, rotation = 0): Secret {
  const annotations = need.sort === 'user' ? userAnnotations(need, now, rotation) : {};
  const secret = secretOf(secretNameOf(need.name), namespace, contentOf(need, now, rotation), annotations);
  if (need.name !== sharedCredentials.keystoneAdmin) return secret;
  // sdn-svc asks neutron with it, and finds it by its label.
  return { ...secret, metadata: { ...secret.metadata, labels: { [sdnExchangeLabel]: 'from-openstack' } } };
}

function userAnnotations(need: UserNeed, now: number, rotation: number): Record<string, string> {
  return {
    [secretPriorityAnnotation]: 'active',
    [rotationAnnotation]: String(rotation),
    [rotationGroupAnnotation]: need.rotation,
    ...(rotation === 0 ? {} : { [rotatedAtAnnotation]: rfc3339(now) }),
  };
}

/** What a rotation makes a user into, kept beside it until its account is there. */
export function upcomingCredential(need: UserNeed, namespace: string, now: number, rotation: number): Secret {
  const { metadata, data } = newCredential(need, namespace, now, rotation);
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

function contentOf(need: CredentialNeed, now: number, rotation: number): Record<string, string> {
  switch (need.sort) {
    case 'user':
      return { username: usernameOf(need, rotation), password: randomText(passwordLength) };
    case 'key':
      return { value: keyOf(need) };
    case 'certificate':
      return certificateOf(need, now);
  }
}

function keyOf({ encoding, length }: Extract<CredentialNeed, { sort: 'key' }>): string {
  if (encoding === 'text') return randomText(length);
  const text = randomBytes(length).toString(encoding);
  // Node leaves the padding of base64url away; keystone refuses a Fernet key without it.
  return encoding === 'base64url' ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
}

function certificateOf(need: Extract<CredentialNeed, { sort: 'certificate' }>, now: number): Record<string, string> {
  const life = { notBefore: now - backdateMs, days: certificateDays };
  const authority = createAuthority({ commonName: need.commonName, ...life });
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
