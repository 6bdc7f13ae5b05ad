import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceUrl } from '@keelson/store';
import { nkeys } from '@nats-io/transport-node';
import { type CertificateFiles, EmbeddedAuthority } from './certificates.js';
import { kubeconfigText } from './kubeconfig.js';
import type { Layout } from '../layout.js';
import type { Ports } from '../ports.js';
import { adminUrlOf } from '../postgres.js';
import { secret, writePrivate } from './secrets.js';

/** Files by which one service shows who it is, each readable by us alone. */
export interface ServiceCredentials {
  readonly certificate: CertificateFiles;
  readonly natsSeedFile: string;
  /** Public nkey, for the server's configuration. */
  readonly natsKey: string;
  readonly databasePassword: string;
  readonly databaseUrlFile: string;
}

/** The secrets of a single-machine installation: made on first use, kept in `.keelson/secrets`. */
export class Credentials {
  readonly authority: EmbeddedAuthority;
  readonly postgresPassword: string;
  readonly #layout: Layout;
  readonly #ports: Ports;

  constructor(layout: Layout, ports: Ports) {
    this.#layout = layout;
    this.#ports = ports;
    mkdirSync(layout.secrets, { recursive: true, mode: 0o700 });
    this.authority = new EmbeddedAuthority(join(layout.secrets, 'tls'));
    this.postgresPassword = secret(layout.secrets, 'postgres-password');
  }

  /** The file of the token by which people and programs without a certificate ask the services. */
  get apiTokenFile(): string {
    secret(this.#layout.secrets, 'api-token');
    return join(this.#layout.secrets, 'api-token');
  }

  /** The file of the token of the lab's control. */
  get labTokenFile(): string {
    secret(this.#layout.secrets, 'lab-token');
    return join(this.#layout.secrets, 'lab-token');
  }

  /** The key that signs tokens of service accounts: kept, or every agent's token would end with the API server. */
  get serviceAccountKeyFile(): string {
    const path = join(this.#layout.secrets, 'service-account.key');
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      writePrivate(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    }
    return path;
  }

  /** A server certificate for a part that is no service. */
  certificate(name: string): CertificateFiles {
    return this.authority.issue(name, { commonName: name });
  }

  /** Writes the kubeconfig of the person who runs this installation: an administrator. */
  writeAdminKubeconfig(): void {
    const certificate = this.authority.issue('admin', {
      commonName: 'keelson-admin',
      organizations: ['system:masters'],
    });
    writePrivate(this.#layout.kubeconfig, this.#kubeconfig('keelson-admin', certificate));
  }

  /** Everything of one service but its kubeconfig. */
  ofService(service: string): ServiceCredentials {
    return { certificate: this.#serviceCertificate(service), ...this.database(service), ...this.nats(service) };
  }

  /** Writes the kubeconfig of a service, by its certificate, and gives the file. */
  kubeconfigOf(service: string): string {
    const kubeconfig = join(this.#layout.secrets, 'kubeconfigs', service);
    writePrivate(kubeconfig, this.#kubeconfig(service, this.#serviceCertificate(service)));
    return kubeconfig;
  }

  /** By it a service is to the embedded API the service account of its name in keelson-system, and may do what that may. */
  #serviceCertificate(service: string): CertificateFiles {
    return this.authority.issue(service, {
      commonName: `system:serviceaccount:keelson-system:${service}`,
      organizations: ['system:serviceaccounts', 'system:serviceaccounts:keelson-system'],
    });
  }

  /** The database role of a part: its password, and the file with its URL. */
  database(service: string): { readonly databasePassword: string; readonly databaseUrlFile: string } {
    const databasePassword = secret(join(this.#layout.secrets, 'postgres'), service);
    const databaseUrlFile = join(this.#layout.secrets, 'postgres', `${service}.url`);
    const adminUrl = adminUrlOf({ port: this.#ports.postgres, password: this.postgresPassword });
    writePrivate(databaseUrlFile, serviceUrl(adminUrl, { service, password: databasePassword }));
    return { databasePassword, databaseUrlFile };
  }

  /** The nkey of a NATS user: the seed stays in a file, the server knows the public key only. */
  nats(user: string): { readonly natsSeedFile: string; readonly natsKey: string } {
    const natsSeedFile = join(this.#layout.secrets, 'nats', `${user}.seed`);
    if (!existsSync(natsSeedFile))
      writePrivate(natsSeedFile, Buffer.from(nkeys.createUser().getSeed()).toString('ascii'));
    return { natsSeedFile, natsKey: nkeys.fromSeed(readFileSync(natsSeedFile)).getPublicKey() };
  }

  #kubeconfig(user: string, certificate: CertificateFiles): string {
    return kubeconfigText({
      server: `https://127.0.0.1:${this.#ports.kubeApi}`,
      caPem: this.authority.certPem,
      user,
      certificate,
    });
  }
}
