import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BareMetalHost, BareMetalHostProfile, Netplan } from '@keelson/api';
import { sha256Json, writeIso9660 } from '@keelson/std';
import { dump } from 'js-yaml';

/** Secret of a project with the key that tokens of its hosts are derived from. */
export const tokenSecret = { name: 'keelson-host-tokens', key: 'key' } as const;

/** Annotation on the BareMetalHost in which the installer's last word is kept: the reconciler's watch sees it. */
export const reportAnnotation = 'keelson.dev/install-report';

/** The last word of an installer. */
export interface InstallReport {
  readonly instanceId: string;
  readonly phase: 'installed' | 'failed';
  readonly message?: string;
  readonly bootId?: string;
}

/**
 * Names one installation: a new one whenever provisioning begins anew, the same through every restart of this service in
 * between. Installers wipe a disk once for each.
 */
export function instanceIdOf(host: BareMetalHost): string {
  const start = host.status?.operationHistory?.provision?.start ?? '';
  return `i-${sha256Json([host.metadata.uid, start, host.status?.provisioningFailCount ?? 0]).slice(0, 32)}`;
}

/** What a token opens. */
export type TokenUse = 'media' | 'callback';

/** A token of one installation of one host: nobody can make one without the key, and it ends with the installation. */
export function tokenOf(
  key: Uint8Array,
  use: TokenUse,
  host: BareMetalHost,
  installation = instanceIdOf(host),
): string {
  return createHmac('sha256', key)
    .update(`${use}|${host.metadata.uid ?? ''}|${installation}`)
    .digest('hex')
    .slice(0, 40);
}

/** Compares in constant time. */
export function isToken(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Where BMC and installer find what they need. */
export interface InstallationUrls {
  readonly image: string;
  readonly configuration: string;
  readonly callback: string;
}

export function installationUrls(serviceUrl: string, host: BareMetalHost, key: Uint8Array): InstallationUrls {
  const path = `${host.metadata.namespace ?? ''}/${host.metadata.name}`;
  const media = `${serviceUrl}/media/${tokenOf(key, 'media', host)}/${path}`;
  return {
    image: `${media}/image.iso`,
    configuration: `${media}/cidata.iso`,
    callback: `${serviceUrl}/callbacks/${path}`,
  };
}

export interface Configuration {
  readonly instanceId: string;
  readonly callbackUrl: string;
  readonly callbackToken: string;
  /** YAML lines such as `local-hostname: …`. */
  readonly metaData: string;
  readonly userData: string;
  readonly network: Netplan | undefined;
  readonly profile: BareMetalHostProfile | undefined;
}

/**
 * The configuration drive: cloud-init's NoCloud (a volume called `cidata`), and beside its files the disk layout for the
 * installer. Source: cloud-init, doc/rtd/reference/datasources/nocloud.rst.
 */
export function configurationDrive(configuration: Configuration): Uint8Array {
  const { network, profile } = configuration;
  const files: Record<string, string> = {
    'meta-data': metaData(configuration),
    'user-data': configuration.userData,
    ...(network === undefined ? {} : { 'network-config': dump(network, { lineWidth: -1 }) }),
    ...(profile === undefined
      ? {}
      : { 'profile.json': JSON.stringify({ name: profile.metadata.name, spec: profile.spec }) }),
  };
  const encoded = Object.entries(files).map(([name, text]): [string, Uint8Array] => [
    name,
    new TextEncoder().encode(text),
  ]);
  return writeIso9660({ volumeId: 'cidata', files: Object.fromEntries(encoded) });
}

/** Members that this service owns win over those that came with the Secret. */
function metaData({ metaData: given, instanceId, callbackUrl, callbackToken }: Configuration): string {
  const kept = given
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(instance-id|keelson-callback-(url|token))\s*:/.test(line));
  return [
    ...kept,
    `instance-id: ${instanceId}`,
    `keelson-callback-url: ${callbackUrl}`,
    `keelson-callback-token: ${callbackToken}`,
    '',
  ].join('\n');
}

/** The report kept on a host; undefined when there is none, or one that cannot be read. */
export function reportOf(host: BareMetalHost): InstallReport | undefined {
  const text = host.metadata.annotations?.[reportAnnotation];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is InstallReport {
  if (typeof value !== 'object' || value === null || !('instanceId' in value) || !('phase' in value)) return false;
  return typeof value.instanceId === 'string' && (value.phase === 'installed' || value.phase === 'failed');
}
