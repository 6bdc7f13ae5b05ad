import type { ObjectKey } from '@keelson/api';

/**
 * How services get at the APIs of the clusters that lifecycle-svc builds. It alone holds their administrators' kubeconfigs. With
 * each service that works in clusters comes a ConfigMap that says which account it has there and what that may do; lifecycle-svc
 * makes that account in each cluster and writes a kubeconfig with its token into a namespace that only this service reads.
 */

/** On that ConfigMap, with the service as its value. */
export const accessLabel = 'keelson.dev/account-in-clusters';
/** Its key: the objects to make in a cluster, as YAML documents. */
export const accountKey = 'objects.yaml';
/** The account's namespace in the clusters. It has the service's name. */
export const accountNamespace = 'keelson-system';

/** Where the kubeconfigs of a service are, one Secret a cluster. */
export const accessNamespaceOf = (service: string): string => `keelson-${service}`;

/** Name of the Secret with the kubeconfig to a cluster. */
export const accessSecretOf = ({ namespace = '', name }: ObjectKey): string => `${namespace}.${name}`;

/** The cluster that such a Secret leads to: no namespace has a dot in its name. */
export function clusterOfAccess(secret: string): ObjectKey {
  const dot = secret.indexOf('.');
  return { namespace: secret.slice(0, dot), name: secret.slice(dot + 1) };
}

/** Key of the kubeconfig in that Secret. */
export const kubeconfigKey = 'value';
/** On that Secret: which API it leads to. A new token leads to the same. */
export const accessPointAnnotation = 'keelson.dev/access-point';
