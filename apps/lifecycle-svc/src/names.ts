import type { Cluster, Machine, ObjectKey } from '@keelson/api';

/** Names of what this service makes, derived from the object it makes it for: the same object always gets the same names. */

/** The certificate authority of a cluster, key and certificate. Only this service reads it. */
export const authoritySecretOf = (cluster: string): string => `${cluster}-ca`;
/** What items on hosts of one part of a cluster refer to: `ca.crt`, and on the control plane `tls.crt` and `tls.key`. */
export const deploymentSecretOf = (cluster: string, part: ClusterPart): string => `${cluster}-${part}-deployment`;
/** The administrator's kubeconfig, key `value`, as Cluster API names it. */
export const kubeconfigSecretOf = (cluster: string): string => `${cluster}-kubeconfig`;
/** The address of a cluster's API, given out from its LBhost subnet. */
export const apiAddressOf = (cluster: string): string => `${cluster}-api`;
/** The machine's service account, role and role binding. */
export const accountOf = (machine: string): string => `lcm-${machine}`;
export const cloudInitSecretOf = (machine: string): string => `${machine}-cloud-init`;
/** Name of the Kubernetes node, unique however often a machine of the same name is made anew. */
export const instanceNameOf = (machine: Machine): string => `kaas-node-${machine.metadata.uid ?? ''}`;

/** What part a machine has in its cluster. */
export type ClusterPart = 'control' | 'worker';

/** Port that the API of every cluster listens on. */
export const apiPort = 6443;
/** `https://host:port` of a cluster's API. */
export const endpointOf = (host: string): string => `https://${host.includes(':') ? `[${host}]` : host}:${apiPort}`;

export const clusterKeyOf = (cluster: Cluster): ObjectKey => ({
  namespace: cluster.metadata.namespace,
  name: cluster.metadata.name,
});
