import type { Cluster, Secret } from '@keelson/api';
import { type CertificateOptions, type KeyAndCertificate, rfc3339, sha256Json } from '@keelson/std';
import { dump } from 'js-yaml';

/**
 * Certificates of a cluster: an authority of its own, the API server's certificate and the administrator's client
 * certificate. What a Secret was issued for and until when stands in its annotations, so that nobody parses certificates.
 */

const day = 86_400_000;
/** Life of the authority, which ends the cluster with it: kubeadm's ten years. */
export const authorityDays = 3650;
/** Life of what it signs, kubeadm's year, and the rest of it at which it is renewed. */
export const leafDays = 365;
export const renewBeforeMs = 60 * day;
/** Certificates begin a little in the past: the clocks of hosts differ. */
export const backdateMs = 300_000;

export const notAfterAnnotation = 'keelson.dev/not-after';
export const issuedForAnnotation = 'keelson.dev/issued-for';

/** Key and certificate of the authority in its Secret. */
export function authorityIn(secret: Secret | undefined): KeyAndCertificate | undefined {
  const [certPem, keyPem] = [textIn(secret, 'tls.crt'), textIn(secret, 'tls.key')];
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

/** The decoded value of a key of a Secret; undefined when it is not there. */
export function textIn(secret: Secret | undefined, key: string): string | undefined {
  const data = secret?.data;
  const value = data?.[key];
  if (data === undefined || value === undefined || value === '') return undefined;
  const known = decoded.get(data);
  const text = known?.get(key) ?? Buffer.from(value, 'base64').toString('utf8');
  if (known !== undefined) known.set(key, text);
  else if (Object.isFrozen(data)) decoded.set(data, new Map([[key, text]]));
  return text;
}

/** Secrets from caches never change, and every look at a machine or a cluster reads the kubeconfig. */
const decoded = new WeakMap<object, Map<string, string>>();

/** What a leaf was issued for: another authority or address needs another leaf. */
export function issuedFor(authority: KeyAndCertificate, subject: readonly string[]): string {
  return sha256Json([authority.certPem, ...subject]).slice(0, 16);
}

/** True when a Secret holds a leaf for this purpose that need not be renewed yet. */
export function isCurrent(secret: Secret | undefined, purpose: string, keys: readonly string[], now: number): boolean {
  const annotations = secret?.metadata.annotations ?? {};
  if (annotations[issuedForAnnotation] !== purpose || keys.some((key) => textIn(secret, key) === undefined))
    return false;
  return Date.parse(annotations[notAfterAnnotation] ?? '') - renewBeforeMs > now;
}

export function leafAnnotations(purpose: string, now: number): Record<string, string> {
  return { [issuedForAnnotation]: purpose, [notAfterAnnotation]: rfc3339(now - backdateMs + leafDays * day) };
}

/** Names and addresses under which the API server is called, from outside and by pods (as kubeadm chooses them). */
export function serverCertificateOptions(cluster: Cluster, host: string, now: number): CertificateOptions {
  const { clusterNetwork } = cluster.spec;
  const domain = clusterNetwork.serviceDomain ?? 'cluster.local';
  const inside = firstAddressOf(clusterNetwork.services.cidrBlocks[0]);
  const isAddress = /^[0-9.]+$|:/.test(host);
  return {
    commonName: 'kube-apiserver',
    notBefore: now - backdateMs,
    days: leafDays,
    usages: ['server'],
    dnsNames: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${domain}`,
      ...(isAddress ? [] : [host]),
    ],
    ipAddresses: ['127.0.0.1', ...(isAddress ? [host] : []), ...(inside === undefined ? [] : [inside])],
  };
}

export function administratorOptions(now: number): CertificateOptions {
  return {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    notBefore: now - backdateMs,
    days: leafDays,
    usages: ['client'],
  };
}

/** A kubeconfig with everything in it. */
export function kubeconfigText(cluster: string, server: string, authority: string, client: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return dump(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64(authority) } }],
      users: [
        {
          name: 'admin',
          user: { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) },
        },
      ],
      contexts: [{ name: `admin@${cluster}`, context: { cluster, user: 'admin' } }],
      'current-context': `admin@${cluster}`,
    },
    { lineWidth: -1 },
  );
}

/** The first usable address of an IPv4 network: that of the service `kubernetes`. Undefined for anything else. */
function firstAddressOf(cidr: string | undefined): string | undefined {
  const octets = cidr?.split('/')[0]?.split('.').map(Number);
  if (octets?.length !== 4) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const next = ((a * 256 + b) * 256 + c) * 256 + d + 1;
  return [next >>> 24, (next >>> 16) & 255, (next >>> 8) & 255, next & 255].join('.');
}
