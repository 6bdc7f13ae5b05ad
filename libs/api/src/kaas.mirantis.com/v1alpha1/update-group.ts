import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';

export const UpdateGroupSpecSchema = z.object({
  index: z.int().min(0).describe('Groups of a lower index are updated first; equal ones side by side.'),
  concurrentUpdates: z.int().min(1).default(1).describe('Machines of the group updated at once.'),
  rebootIfUpdateRequires: z
    .boolean()
    .optional()
    .describe(
      'Reboot machines whose update asks for it; else they show reboot.required. Unset: true in the management cluster, false in others.',
    ),
});
export type UpdateGroupSpec = z.infer<typeof UpdateGroupSpecSchema>;

/** `kubectl get updategroups`: machines of a cluster that are updated together. */
export const UpdateGroupKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'UpdateGroup',
  plural: 'updategroups',
  scope: 'Namespaced',
  owner: 'release-svc',
  description:
    'Machines of a cluster that are updated together. A Machine joins by its label kaas.mirantis.com/update-group=<name>; workers without it belong to <cluster>-default, which the system makes, as it makes <cluster>-controlplane.',
  spec: UpdateGroupSpecSchema,
  columns: [
    {
      name: 'Cluster',
      type: 'string',
      jsonPath: '.metadata.labels.cluster\\.sigs\\.k8s\\.io/cluster-name',
      description: 'Cluster',
    },
    { name: 'Index', type: 'integer', jsonPath: '.spec.index', description: 'Order among the groups' },
    {
      name: 'Concurrent',
      type: 'integer',
      jsonPath: '.spec.concurrentUpdates',
      description: 'Machines updated at once',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: '',
      rule: '!self.metadata.name.endsWith("-controlplane") || self.spec.concurrentUpdates == 1',
      message: 'spec.concurrentUpdates must be 1: control-plane machines are updated one by one',
      reason: 'FieldValueInvalid',
    },
  ],
  notes: [
    'The name `<cluster>-controlplane` is a guess of the reference. Its index counts for nothing: the control plane is always first.',
    'Columns are a choice.',
  ],
});
export type UpdateGroup = ObjectOf<typeof UpdateGroupKind>;
