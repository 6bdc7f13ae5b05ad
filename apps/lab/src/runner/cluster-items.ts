import type { StateItem } from '@keelson/agent';
import { terminal } from '@keelson/std';
import type { ClusterPki } from '../clusters/child-api.js';
import type { Member } from '../clusters/cluster.state.js';

/** What an item means for the cluster the host is or becomes part of. */
export type ClusterAction = 'init' | 'join' | 'none';

/** Items of the deploy chain that make or join a cluster, by the last word of their name: `k8s-init`, `k8s-join`. */
export function clusterActionOf(item: StateItem): ClusterAction {
  const words = item.name.toLowerCase().split(/[^a-z0-9]+/);
  if (words.includes('init')) return 'init';
  return words.includes('join') ? 'join' : 'none';
}

export interface ClusterParams {
  readonly clusterName: string;
  readonly host: string;
  readonly port: number;
  readonly kubernetesVersion: string;
  /** The Secret with the cluster's certificates; only init needs it. */
  readonly pkiSecret: string | undefined;
  readonly member: Omit<Member, 'internalIP'>;
}

/**
 * Reads the params of an init or join item: `endpoint` (`https://host:port`), `nodeName`, `clusterName`, `role`
 * (`control` or `worker`), `nodeLabels` (JSON object), `kubernetesVersion`, `secretName`.
 *
 * @throws Failure terminal, reason `BadItem`, naming the param
 */
export function clusterParams(item: StateItem): ClusterParams {
  const params = item.params ?? {};
  const required = (name: string): string => {
    const value = params[name];
    if (value === undefined || value === '') throw terminal(`item ${item.name} needs the param ${name}`, { reason: 'BadItem' });
    return value;
  };
  const { hostname, port } = endpointOf(item, required('endpoint'));
  return {
    clusterName: required('clusterName'),
    host: hostname,
    port: port === '' ? 443 : Number(port),
    kubernetesVersion: params['kubernetesVersion'] ?? item.version ?? 'v1.34.0',
    pkiSecret: params['secretName'],
    member: { role: params['role'] === 'worker' ? 'worker' : 'control', node: required('nodeName'), labels: labelsOf(item, params['nodeLabels']) },
  };
}

/**
 * The certificates in the machine's Secret: `ca.crt`, and for the API either `tls.crt` and `tls.key` or
 * `apiserver.crt` and `apiserver.key`.
 *
 * @throws Failure terminal, reason `BadItem`
 */
export function pkiOf(secret: Readonly<Record<string, string>>): ClusterPki {
  const one = (...names: readonly string[]): string => {
    const found = names.map((name) => secret[name]).find((value) => value !== undefined && value !== '');
    if (found === undefined) throw terminal(`the cluster's certificate Secret has no ${names.join(' or ')}`, { reason: 'BadItem' });
    return found;
  };
  return { caCertificate: one('ca.crt'), serverCertificate: one('tls.crt', 'apiserver.crt'), serverKey: one('tls.key', 'apiserver.key') };
}

function endpointOf(item: StateItem, text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw terminal(`item ${item.name}: the param endpoint is no URL: ${text}`, { reason: 'BadItem' });
  }
}

function labelsOf(item: StateItem, text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined || text === '') return {};
  const value: unknown = parsed(item, text);
  if (typeof value !== 'object' || value === null) throw terminal(`item ${item.name}: nodeLabels is no JSON object`, { reason: 'BadItem' });
  return Object.fromEntries(Object.entries(value).map(([name, label]) => [name, String(label)]));
}

function parsed(item: StateItem, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw terminal(`item ${item.name}: nodeLabels is no JSON`, { reason: 'BadItem' });
  }
}
