import type { StateItem } from '@keelson/agent';
import { terminal } from '@keelson/std';
import type { ClusterPki } from '../clusters/child-api.js';
import type { Member } from '../clusters/cluster.state.js';

/** The item of a ClusterRelease that makes a host a member of its cluster (deploy/releases). */
export const deployItem = 'deploy-kubernetes';

/** What the host becomes: the first control plane member of a new cluster, a further one, or a worker. */
export type ClusterRole = 'init' | 'join' | 'worker';

/** True for the item that installs packages of the operating system (deploy/releases). */
export function isPackagesItem({ params }: StateItem): boolean {
  return params?.['playbook']?.endsWith('/packages.yml') === true;
}

/** True for the one item that means something to the simulated clusters; nearly all others only take their time. */
export function isClusterItem(item: StateItem): boolean {
  return item.name === deployItem;
}

export interface ClusterParams {
  readonly role: ClusterRole;
  readonly clusterName: string;
  /** Address of the cluster's API. */
  readonly host: string;
  readonly port: number;
  readonly kubernetesVersion: string;
  /** The Secret with the cluster's certificates; only init needs it. */
  readonly pkiSecret: string | undefined;
  /** `internalIP` is that of the item; the installed system's own counts when it is absent. */
  readonly member: Member;
}

/**
 * Reads the params of a deploy item: `role` (`init`, `join` or `worker`), `externalEndpoint` (`https://host:port`),
 * `clusterName`, `nodeName`, `nodeIP`, `kubernetesVersion`, `secretName`.
 *
 * @throws Failure terminal, reason `BadItem`, naming the param
 */
export function clusterParams(item: StateItem): ClusterParams {
  const params = item.params ?? {};
  const required = (name: string): string => {
    const value = params[name];
    if (value === undefined || value === '') throw bad(item, `needs the param ${name}`);
    return value;
  };
  const role = roleOf(item, required('role'));
  const { hostname, port } = endpointOf(item, required('externalEndpoint'));
  return {
    role,
    clusterName: required('clusterName'),
    host: hostname,
    port: port === '' ? 443 : Number(port),
    kubernetesVersion: required('kubernetesVersion'),
    pkiSecret: role === 'init' ? required('secretName') : undefined,
    member: {
      role: role === 'worker' ? 'worker' : 'control',
      node: required('nodeName'),
      labels: {},
      internalIP: params['nodeIP'] === '' ? undefined : params['nodeIP'],
    },
  };
}

/**
 * The certificates in the machine's Secret: `ca.crt`, and for the API `tls.crt` and `tls.key`.
 *
 * @throws Failure terminal, reason `BadItem`, naming what the Secret lacks
 */
export function pkiOf(secret: Readonly<Record<string, string>>): ClusterPki {
  const one = (name: string): string => {
    const value = secret[name];
    if (value === undefined || value === '')
      throw terminal(`the cluster's certificate Secret has no ${name}`, { reason: 'BadItem' });
    return value;
  };
  return { caCertificate: one('ca.crt'), serverCertificate: one('tls.crt'), serverKey: one('tls.key') };
}

function roleOf(item: StateItem, text: string): ClusterRole {
  const role = (['init', 'join', 'worker'] as const).find((known) => known === text);
  if (role === undefined) throw bad(item, `has the role ${text}; it must be init, join or worker`);
  return role;
}

function endpointOf(item: StateItem, text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw bad(item, `has an externalEndpoint that is no URL: ${text}`);
  }
}

function bad(item: StateItem, what: string): Error {
  return terminal(`item ${item.name} ${what}`, { reason: 'BadItem' });
}
