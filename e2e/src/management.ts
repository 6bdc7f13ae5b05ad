/** The management cluster as an object, and its releases: what an update of the services begins with. */
export function managementCluster(release: string): object {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'kaas-mgmt', namespace: 'default' },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: {
        value: {
          apiVersion: 'baremetal.k8s.io/v1alpha1',
          kind: 'BaremetalClusterProviderSpec',
          release: 'mgmt-20-2-0',
          kaas: { release: releaseName(release) },
        },
      },
    },
  };
}

/** A management release that names one version for the given services. */
export function managementRelease(release: string, services: readonly string[], version: string): object {
  const helmReleases = services.map((name) => ({ name, namespace: 'keelson-system', version }));
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: releaseName(release) },
    spec: { version: release, clusterRelease: 'mgmt-20-2-0', management: { helmReleases } },
  };
}

const releaseName = (version: string): string => `kaas-${version.replaceAll('.', '-')}`;
