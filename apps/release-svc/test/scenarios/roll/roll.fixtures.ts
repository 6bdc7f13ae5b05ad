import type { Deployment, KubeObject, ObjectKey } from '@keelson/api';

export function aKaaSRelease(
  version: string,
  clusterRelease: string,
  services: Readonly<Record<string, string>>,
  supported: readonly string[] = [],
): KubeObject {
  const helmReleases = Object.entries(services).map(([name, its]) => ({
    name,
    namespace: 'keelson-system',
    version: its,
  }));
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: `kaas-${version.replaceAll('.', '-')}` },
    spec: {
      version,
      clusterRelease,
      management: { helmReleases },
      supportedClusterReleases: supported.map((each) => ({ name: each, version: each })),
    },
  } as KubeObject;
}

export function aManagementCluster({ namespace, name }: ObjectKey, kaas: string, release: string): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release, kaas: { release: kaas } } },
    },
  } as KubeObject;
}

export function aDeployment(name: string, version: string): KubeObject {
  const matchLabels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'keelson-system', labels: { ...matchLabels, 'app.kubernetes.io/part-of': 'keelson' } },
    spec: {
      replicas: 1,
      selector: { matchLabels },
      template: {
        metadata: { labels: matchLabels },
        spec: { containers: [{ name, image: `keelson/${name}:${version}` }] },
      },
    },
  } as KubeObject;
}

const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'it timed out' };

/**
 * Simulated: the status that follows. A change is seen, its process comes up beside the old one, the old one goes; one that
 * hangs times out with the old one in its place. undefined: as it is.
 */
export function deploymentStatus({ metadata, status = {} }: Deployment, hangs: boolean): object | undefined {
  const observedGeneration = metadata.generation ?? 1;
  const { replicas = 0, updatedReplicas = 0 } = status;
  if (status.observedGeneration !== observedGeneration)
    return { observedGeneration, replicas: 2, updatedReplicas: 1, availableReplicas: 1, conditions: [] };
  if (replicas === 1 && updatedReplicas === 1) return undefined;
  return hangs
    ? { conditions: [late] }
    : { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, conditions: [] };
}
