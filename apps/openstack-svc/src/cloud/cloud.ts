import type { OpenStackRelease } from '../releases/release.js';
import type { AmphoraStage } from './amphora-rotation.js';
import type { MigrationStage } from './migration.js';
import type { MergedSpec } from './spec.js';
import type { ValueOrReference } from './spec/fields.js';

/** Everything that rendering looks at. The same cloud gives the same objects, byte for byte. */
export interface Cloud {
  /** Name of the OpenStackDeployment. */
  readonly name: string;
  /** Namespace of all namespaced objects. */
  readonly namespace: string;
  readonly spec: MergedSpec;
  readonly release: OpenStackRelease;
  readonly secrets: CloudSecrets;
  /** Nodes of the Kubernetes cluster; which override sets of `spec.nodes` meet on one node is read from them. */
  readonly nodes: readonly CloudNode[];
  /** What the storage of the cluster handed over in `openstack-ceph-keys`; undefined while there is none. */
  readonly ceph?: CephAccess;
  /** Ceph is to come: what goes there by itself waits for it. */
  readonly awaitsCeph: boolean;
  /** Services whose data was begun in files, where it stays unless the spec names another place. */
  readonly inFiles: readonly string[];
  /** What OpenSDN handed over in `ost-data`; undefined while there is none. */
  readonly sdn?: SdnAccess;
  /** Until workloads that do not get ready count as failed, where the spec says nothing of theirs; 1200 when left out. */
  readonly readySeconds?: number;
  /** While the networks are migrated to OVN; the back end is then OVN whatever the spec says. */
  readonly migration?: MigrationStage;
  /** While authorities of amphorae are rotated. */
  readonly amphorae?: AmphoraStage;
}

/** Where the configuration API of OpenSDN is, and where every node's vRouter is told of ports. */
export interface SdnAccess {
  readonly apiHost: string;
  readonly apiPort: number;
  /** Undefined where OpenSDN says nothing of it. */
  readonly vRouterPort: number | undefined;
}

/** How the cloud reaches Ceph. */
export interface CephAccess {
  /** `10.0.0.1:6789` and the like. */
  readonly monitors: readonly string[];
  /** By service: `glance`, `cinder`, `nova`, `manila`. */
  readonly clients: Readonly<Record<string, CephClient>>;
  /** Where its object gateway is, as URLs without a path; absent while the storage has not said. */
  readonly gateway?: { readonly internal?: string; readonly external?: string };
}

export interface CephClient {
  /** Without `client.`. */
  readonly user: string;
  readonly key: string;
  readonly pools: readonly CephPool[];
}

export interface CephPool {
  readonly name: string;
  /** `volumes`, `backup`, `vms`, `images`, … */
  readonly role: string;
  /** `hdd`, `ssd`, `nvme`. */
  readonly deviceClass: string;
}

export interface CloudNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Credential {
  readonly username: string;
  readonly password: string;
}

export interface CertificatePair {
  /** PEM, with the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** PEM of the issuing authority. */
  readonly authority: string;
}

/** Reference to a value in a Secret of the cloud's namespace, as in `value_from.secret_key_ref`. */
export interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
}

/**
 * A pure look-up of what was generated beforehand for `credentialsOf`. Names are those of the needs.
 *
 * @throws Failure terminal when there is no such credential
 */
export interface CloudSecrets {
  user(name: string): Credential;
  key(name: string): string;
  certificate(name: string): CertificatePair;
  /** The text that a `value_from` of the spec points at. */
  valueFrom(reference: SecretKeyRef): string;
  /** Users of a rotation that are not in force yet: only what makes their accounts may know them. */
  upcoming(): readonly NamedCredential[];
  /** Users that a rotation has put out of force and whose accounts are still there: they are only to be removed. */
  former(): readonly NamedCredential[];
}

/** A user with the name of the need that it is made for. */
export interface NamedCredential extends Credential {
  readonly name: string;
}

/**
 * A credential that a service cannot be rendered without. It is made once and kept in the Secret `generated-<name>`
 * (keys `username` and `password`, `value`, or `tls.crt`, `tls.key` and `ca.crt`).
 */
export type CredentialNeed =
  | {
      readonly sort: 'user';
      readonly name: string;
      /** The first user's name; rotation makes others from it. */
      readonly username: string;
      /** Which rotation changes it. */
      readonly rotation: 'admin' | 'service';
    }
  | {
      readonly sort: 'key';
      readonly name: string;
      /** `text`: letters and digits; `base64` and `base64url`: that many random bytes, encoded and padded with `=`. */
      readonly encoding: 'text' | 'hex' | 'base64' | 'base64url';
      /** Characters for `text`, bytes otherwise. */
      readonly length: number;
    }
  | {
      readonly sort: 'certificate';
      readonly name: string;
      readonly commonName: string;
      readonly dnsNames: readonly string[];
      readonly isAuthority?: boolean;
      /** The authority, by the name of its need, that signs it; one of its own that nobody keeps when left out. */
      readonly issuer?: string;
      /** Made anew before it ends and when its names change; others are changed by a rotation alone. */
      readonly renewed?: boolean;
      /** Which rotation changes it; the authorities of each have names of their own, by which those who trust several tell them apart. */
      readonly rotation?: 'amphora';
    };

/** The Secret that keeps a generated credential. */
export function secretNameOf(credential: string): string {
  return `generated-${credential}`;
}

/** The Secret that keeps what a credential was before its last rotation. */
export function backupNameOf(credential: string): string {
  return `${secretNameOf(credential)}-backup`;
}

/** The Secret that keeps what a credential becomes when the accounts of a rotation are made. */
export function upcomingNameOf(credential: string): string {
  return `${secretNameOf(credential)}-next`;
}

/** The text of a value, or of what it points at. @throws Failure terminal when that does not exist */
export function resolveText(cloud: Pick<Cloud, 'secrets'>, value: ValueOrReference): string {
  return typeof value === 'string' ? value : cloud.secrets.valueFrom(value.value_from.secret_key_ref);
}
