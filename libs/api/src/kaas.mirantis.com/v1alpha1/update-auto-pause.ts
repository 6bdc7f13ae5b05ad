import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

/** `kubectl get updateautopauses`: alerts that stop the update of a cluster. */
export const UpdateAutoPauseKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'UpdateAutoPause',
  plural: 'updateautopauses',
  scope: 'Namespaced',
  owner: 'release-svc',
  description:
    'Alerts that stop the update of a cluster; it has the name of the cluster. While one of them fires, commence is taken off every step that is not started and off running worker steps, and the plan is AutoPaused. To resume, clear the alert or edit the list, then set commence again.',
  spec: z.object({
    alerts: z.array(z.string().min(1).max(253)).max(128).describe('Names of alerts.'),
  }),
  status: z.looseObject({
    firingAlerts: z.array(z.string()).optional().describe('Alerts of the list that fire now.'),
    error: z.string().optional().describe('Why the alerts could not be asked.'),
    source: z.string().optional().describe('Service that tells the alerts; absent where none ever did.'),
    unknownSince: TimestampSchema.optional().describe(
      'Since when the alerts could not be asked; absent while they can.',
    ),
  }),
  columns: [
    { name: 'Firing', type: 'string', jsonPath: '.status.firingAlerts', description: 'Alerts that fire' },
    { name: 'Error', type: 'string', jsonPath: '.status.error', description: 'Why alerts could not be asked' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'Columns are a choice. Not for management clusters.',
    '`source` and `unknownSince` are Keelson’s. While alerts are unknown for more than five minutes no further step begins, and what runs goes on; the annotation keelson.dev/update-without-alerts=true lets steps begin all the same. Where nobody ever told alerts nothing is held. Either way the message of the plan says so, and an Event AlertsUnknown at each step that begins.',
  ],
});
export type UpdateAutoPause = ObjectOf<typeof UpdateAutoPauseKind>;
