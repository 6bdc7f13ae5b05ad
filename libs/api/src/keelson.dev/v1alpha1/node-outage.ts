import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

export const nodeOutageStates = ['Confirming', 'Recovering', 'Down', 'Failed', 'Returning'] as const;
export type NodeOutageState = (typeof nodeOutageStates)[number];

/** `kubectl get nodeoutages`: a node of the cloud that has not answered for long. */
export const NodeOutageKind = defineKind({
  group: 'keelson.dev',
  version: 'v1alpha1',
  kind: 'NodeOutage',
  plural: 'nodeoutages',
  scope: 'Cluster',
  owner: 'openstack-svc',
  description:
    'A node with a part in the cloud that has not been Ready for longer than node_not_ready_flapping_timeout (120 s): what becomes of its pods and instances, until it is back in service. Made and removed by Keelson, under the name of the node; lives on the cluster concerned.',
  spec: z.object({
    nodeName: z.string().min(1).describe('Kubernetes node.'),
    since: TimestampSchema.describe('Since when it is not Ready. Masakari is told this time, and takes it once.'),
  }),
  status: z.object({
    state: z
      .enum(nodeOutageStates)
      .optional()
      .describe(
        'Confirming: something must show that it is down before more is done; Recovering: Masakari brings instances back elsewhere; Down: nothing is left to do; Failed: an operator is needed; Returning: it is put back in service.',
      ),
    witness: z
      .string()
      .optional()
      .describe(
        'What shows, beside the node itself, that it is down: a NodeDisableNotification, the taint node.kubernetes.io/out-of-service, or its BMC, where its host is to be off.',
      ),
    podsLeft: z.int().min(0).optional().describe('Pods of workloads that are still bound to it.'),
    notification: z
      .object({
        id: z.string().describe('Id of the notification in Masakari.'),
        status: z.string().describe('How far Masakari is: new, running, finished, error, failed or ignored.'),
      })
      .optional()
      .describe('What Masakari was told of it.'),
    progress: ProgressSchema.optional(),
  }),
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'How it stands' },
    { name: 'Since', type: 'date', jsonPath: '.spec.since', description: 'Since when it is not Ready' },
    { name: 'Pods', type: 'integer', jsonPath: '.status.podsLeft', description: 'Pods still bound to it' },
    {
      name: 'Recovery',
      type: 'string',
      jsonPath: '.status.notification.status',
      description: 'How far Masakari is with its instances',
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.progress.message',
      description: 'What is waited for',
      priority: 1,
    },
  ],
  notes: ['A kind of Keelson’s own: MOSK acts on such nodes without an object that shows it.'],
});
export type NodeOutage = ObjectOf<typeof NodeOutageKind>;
