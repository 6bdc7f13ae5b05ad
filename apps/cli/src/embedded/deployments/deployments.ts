import { apiVersionOf, type Deployment, DeploymentKind, keyOf, labels } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { Workload } from '../supervision/component.js';

type Named = Pick<Workload, 'deployment' | 'services'>;

/** Where the services' Deployments are, here as in a cluster. */
export const serviceNamespace = 'keelson-system';
export const ownDeployments = { namespace: serviceNamespace, labelSelector: `${labels.partOf}=keelson` } as const;

/** On each: the version of the checkout that wrote it. */
const versionLabel = 'app.kubernetes.io/version';
const fieldManager = 'keelson-provisioning';
/** How long a new process may take until it can take over. Seconds. */
const progressDeadlineSeconds = 180;

/**
 * Writes a Deployment for each process that hosts services, and takes away those of another way to run them. One that is there
 * keeps its version, which may have been rolled, until the checkout itself is of another.
 */
export async function ensureDeployments(api: KubeApi, workloads: readonly Named[], version: string): Promise<void> {
  const { items } = await api.list(DeploymentKind, ownDeployments);
  const wanted = new Set(workloads.map(({ deployment }) => deployment));
  for (const item of items.filter(({ metadata }) => !wanted.has(metadata.name)))
    await api.delete(DeploymentKind, keyOf(item));
  for (const workload of workloads) {
    const there = items.find(({ metadata }) => metadata.name === workload.deployment);
    if (there?.metadata.labels?.[versionLabel] !== version)
      await api.apply(deploymentFor(workload, version), { fieldManager, force: true });
  }
}

/** A Deployment as the supervisor runs it: a process of this machine and no pod, so it has nothing of a pod but its images. */
export function deploymentFor({ deployment, services }: Named, version: string): Deployment {
  const matchLabels = { 'app.kubernetes.io/name': deployment };
  const own = { ...matchLabels, [labels.partOf]: 'keelson' };
  return {
    apiVersion: apiVersionOf(DeploymentKind),
    kind: DeploymentKind.kind,
    metadata: {
      name: deployment,
      namespace: serviceNamespace,
      labels: { ...own, [versionLabel]: version },
      annotations: { 'keelson.dev/runs-as': "a process of ./keelson up; versions lie in its folder 'versions'" },
    },
    spec: {
      replicas: 1,
      progressDeadlineSeconds,
      selector: { matchLabels },
      template: {
        metadata: { labels: own },
        spec: { containers: services.map((name) => ({ name, image: `keelson/${name}:${version}` })) },
      },
    },
  };
}

/** The one version of its images; undefined when they are of several, which one process cannot be. */
export function wantedVersion({ spec }: Deployment): string | undefined {
  const containers = spec?.template?.spec?.['containers'];
  const images: unknown[] = Array.isArray(containers) ? containers.map(imageOf) : [];
  const tags = new Set(images.map((image) => /:([^/:@]+)$/.exec(String(image))?.[1] ?? ''));
  const [only] = tags;
  return tags.size === 1 ? only : undefined;
}

const imageOf = (container: unknown): unknown =>
  typeof container === 'object' && container !== null && 'image' in container ? container.image : undefined;
