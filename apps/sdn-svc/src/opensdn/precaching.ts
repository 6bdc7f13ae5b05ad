import type { KubeObject } from '@keelson/api';
import { z } from 'zod';
import { labelsOf, type Manifest } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

const ContainerSchema = z.object({ image: z.string() });
/** What is read of a rendered workload: its images, and the label of the nodes that it runs on, the first expression. */
const WorkloadSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(ContainerSchema),
        initContainers: z.array(ContainerSchema).default([]),
        affinity: z.object({
          nodeAffinity: z.object({
            requiredDuringSchedulingIgnoredDuringExecution: z.object({
              nodeSelectorTerms: z.array(z.object({ matchExpressions: z.array(z.object({ key: z.string() })) })),
            }),
          }),
        }),
      }),
    }),
  }),
});

/**
 * Pulls the images of all workloads on the nodes that they run on, unless `features.imagePreCaching` says no: a DaemonSet for
 * each label of nodes, ready when its images are there. Workloads are written after that, so that no pod waits for its image.
 */
export function precaching(sdn: OpenSdn, objects: readonly KubeObject[]): readonly Manifest[] {
  if (sdn.spec.features?.imagePreCaching === false) return [];
  const byLabel = new Map<string, Set<string>>();
  for (const object of objects) {
    const workload = WorkloadSchema.safeParse(object).data?.spec.template.spec;
    const terms = workload?.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
    const label = terms?.[0]?.matchExpressions[0]?.key;
    if (workload === undefined || label === undefined) continue;
    const images = byLabel.get(label) ?? new Set<string>();
    for (const { image } of [...workload.initContainers, ...workload.containers]) images.add(image);
    byLabel.set(label, images);
  }
  return [...byLabel].map(([label, images]) => puller(sdn, label, [...images]));
}

function puller({ namespace }: OpenSdn, label: string, images: readonly string[]): Manifest {
  const name = `${label}-image-precaching`;
  const labels = { ...labelsOf('image-precaching'), set: name };
  const resources = { requests: { cpu: '5m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } };
  const container = (each: string, image: string | undefined, command: readonly string[]): object => ({
    name: each,
    image,
    imagePullPolicy: 'IfNotPresent',
    command,
    resources,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, labels: labelsOf('image-precaching') },
    spec: {
      selector: { matchLabels: labels },
      // Nobody is served by these pods: all pull at once.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { [label]: 'enabled' },
          tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
          terminationGracePeriodSeconds: 1,
          initContainers: images.map((image, i) => container(`image-${i}`, image, ['true'])),
          containers: [container('stays', images[0], ['sleep', 'infinity'])],
        },
      },
    },
  };
}
