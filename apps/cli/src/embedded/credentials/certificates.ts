import { existsSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { createAuthority, issueCertificate, type KeyAndCertificate, systemClock } from '@keelson/std';
import { writePrivate } from './secrets.js';

/** Paths of a key and its certificate. */
export interface CertificateFiles {
  readonly key: string;
  readonly cert: string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** The installation's own certificate authority: everything on this machine trusts it and nothing else does. */
export class EmbeddedAuthority {
  readonly certFile: string;
  readonly #folder: string;
  readonly #authority: KeyAndCertificate;

  constructor(folder: string) {
    this.#folder = folder;
    this.certFile = join(folder, 'ca.crt');
    const keyFile = join(folder, 'ca.key');
    if (!existsSync(keyFile) || !existsSync(this.certFile)) {
      const made = createAuthority({
        commonName: 'keelson embedded CA',
        notBefore: systemClock.now() - hourMs,
        days: 3650,
      });
      writePrivate(this.certFile, made.certPem);
      writePrivate(keyFile, made.keyPem);
    }
    this.#authority = { keyPem: readFileSync(keyFile, 'utf8'), certPem: readFileSync(this.certFile, 'utf8') };
  }

  get certPem(): string {
    return this.#authority.certPem;
  }

  /** A certificate for a part of the installation, on loopback; renewed at `up` when less than 30 days remain. */
  issue(name: string, who: { commonName: string; organizations?: readonly string[] }): CertificateFiles {
    const files = { key: join(this.#folder, `${name}.key`), cert: join(this.#folder, `${name}.crt`) };
    if (fresh(files)) return files;
    const issued = issueCertificate(this.#authority, {
      ...who,
      dnsNames: ['localhost', name],
      ipAddresses: ['127.0.0.1', '::1'],
      usages: ['server', 'client'],
      notBefore: systemClock.now() - hourMs,
      days: 365,
    });
    writePrivate(files.cert, issued.certPem);
    writePrivate(files.key, issued.keyPem);
    return files;
  }
}

function fresh(files: CertificateFiles): boolean {
  if (!existsSync(files.key) || !existsSync(files.cert)) return false;
  const validTo = Date.parse(new X509Certificate(readFileSync(files.cert)).validTo);
  return validTo - systemClock.now() > 30 * dayMs;
}
