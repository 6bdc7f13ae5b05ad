import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

/** `kubectl get gracefulrebootrequests`: hosts of a cluster are restarted one after the other, without harm. */
export const GracefulRebootRequestKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'GracefulRebootRequest',
  plural: 'gracefulrebootrequests',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'Restarts hosts of the Cluster of the same name in the order of an update, each drained before and put back after. It deletes itself when all is done; deleting it before spares the hosts that have not begun.',
  spec: z.object({
    machines: z.array(z.string().min(1)).optional().describe('Machines by name; all of the cluster when empty.'),
  }),
  status: z.object({
    phase: z.string().optional().describe('Where it stands, in a word.'),
    done: z.int().optional().describe('Hosts that have restarted.'),
    total: z.int().optional().describe('Hosts to be restarted.'),
    progress: ProgressSchema.optional(),
  }),
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where it stands' },
    { name: 'Done', type: 'integer', jsonPath: '.status.done', description: 'Hosts that have restarted' },
    { name: 'Total', type: 'integer', jsonPath: '.status.total', description: 'Hosts to be restarted' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: ['That it deletes itself is a guess of the reference; its status is Keelson’s.'],
});
export type GracefulRebootRequest = ObjectOf<typeof GracefulRebootRequestKind>;
