import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, type Der, integer, octets, oid, sequence, setOf, tagged, time, utf8 } from './der.js';

/** A private key (PKCS #8) and its certificate, both PEM. */
export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certPem: string;
}

export interface AuthorityOptions {
  readonly commonName: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly days: number;
}

export interface CertificateOptions extends AuthorityOptions {
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
}

/**
 * A self-signed certificate authority with a new P-256 key (X.509 v3, RFC 5280). Synchronous, because Web Crypto's
 * answers come from a thread pool and would put real time into a world that runs under virtual time.
 */
export function createAuthority(options: AuthorityOptions): KeyAndCertificate {
  const pair = newKey();
  const subject = nameOf(options.commonName, []);
  const extensions = [
    extension('2.5.29.19', sequence(boolean(true)), true),
    extension('2.5.29.15', bits(Uint8Array.of(0b0000_0110), 1), true),
    extension('2.5.29.14', octets(keyId(pair.spki))),
  ];
  return certify({
    ...options,
    subject,
    issuer: subject,
    spki: pair.spki,
    signer: pair.keyPem,
    extensions,
    keyPem: pair.keyPem,
  });
}

/**
 * A leaf certificate with a new P-256 key, signed by `authority`.
 *
 * @throws RangeError when the authority's certificate is no certificate
 */
export function issueCertificate(authority: KeyAndCertificate, options: CertificateOptions): KeyAndCertificate {
  const pair = newKey();
  const issuer = new X509Certificate(authority.certPem);
  const names = [
    ...(options.dnsNames ?? []).map((name) => tagged(0x82, Buffer.from(name, 'ascii'))),
    ...(options.ipAddresses ?? []).map((address) => tagged(0x87, addressBytes(address))),
  ];
  const purposes = options.usages.map((usage) => oid(usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'));
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bits(Uint8Array.of(0b1000_0000), 7), true),
    extension('2.5.29.37', sequence(...purposes)),
    extension('2.5.29.14', octets(keyId(pair.spki))),
    extension('2.5.29.35', sequence(tagged(0x80, keyId(spkiOf(issuer))))),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
  ];
  return certify({
    ...options,
    subject: nameOf(options.commonName, options.organizations ?? []),
    issuer: subjectDer(issuer),
    spki: pair.spki,
    signer: authority.keyPem,
    extensions,
    keyPem: pair.keyPem,
  });
}

interface Certification {
  readonly subject: Der;
  readonly issuer: Der;
  readonly spki: Uint8Array;
  /** PEM of the private key that signs. */
  readonly signer: string;
  readonly extensions: readonly Der[];
  readonly notBefore: number;
  readonly days: number;
  readonly keyPem: string;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

function certify(what: Certification): KeyAndCertificate {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    ecdsaWithSha256,
    what.issuer,
    sequence(time(what.notBefore), time(what.notBefore + what.days * dayMs)),
    what.subject,
    what.spki,
    tagged(0xa3, sequence(...what.extensions)),
  );
  const signature = sign('sha256', body, createPrivateKey(what.signer));
  return { keyPem: what.keyPem, certPem: pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bits(signature))) };
}

function newKey(): { keyPem: string; spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
  };
}

function nameOf(commonName: string, organizations: readonly string[]): Der {
  const attribute = (id: string, value: string): Der => setOf(sequence(oid(id), utf8(value)));
  return sequence(...organizations.map((name) => attribute('2.5.4.10', name)), attribute('2.5.4.3', commonName));
}

/** Our authorities carry one common name and nothing else, so the issuer name can be built again from it. */
function subjectDer(certificate: X509Certificate): Der {
  const line = certificate.subject.split('\n').find((part) => part.startsWith('CN='));
  if (line === undefined) throw new RangeError('the authority certificate has no common name');
  return nameOf(line.slice(3), []);
}

function spkiOf(certificate: X509Certificate): Uint8Array {
  return new Uint8Array(createPublicKey(certificate.toString()).export({ type: 'spki', format: 'der' }));
}

/** RFC 5280, 4.2.1.2: SHA-1 of the public key, here of the whole structure around it, which is as unique. */
function keyId(spki: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(spki).digest());
}

function extension(id: string, value: Der, critical = false): Der {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function addressBytes(address: string): Uint8Array {
  const family = isIP(address);
  if (family === 0) throw new RangeError(`${address} is no IP address`);
  if (family === 4) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - front.length - back.length }, () => 0);
  return Uint8Array.from([...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 0xff]));
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
