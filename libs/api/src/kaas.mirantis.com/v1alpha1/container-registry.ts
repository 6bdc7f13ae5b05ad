import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';

/** `kubectl get containerregistries`: a registry whose CA nodes should trust. */
export const ContainerRegistryKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'ContainerRegistry',
  plural: 'containerregistries',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'A container registry whose CA nodes of a cluster should trust. Clusters name it in providerSpec.value.containerRegistries.',
  spec: z.object({
    domain: z.string().min(1).describe('Host name and port of the registry, as images name it.'),
    CACert: z
      .string()
      .regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/)
      .describe('CA certificate, PEM in base64.'),
  }),
  columns: [
    { name: 'Domain', type: 'string', jsonPath: '.spec.domain', description: 'Registry' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: ['Columns are a choice: the reference names none.'],
});
export type ContainerRegistry = ObjectOf<typeof ContainerRegistryKind>;
