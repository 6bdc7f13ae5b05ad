import { z } from 'zod';
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
  }),
  columns: [
    { name: 'Firing', type: 'string', jsonPath: '.status.firingAlerts', description: 'Alerts that fire' },
    { name: 'Error', type: 'string', jsonPath: '.status.error', description: 'Why alerts could not be asked' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: ['Columns are a choice. Not for management clusters.'],
});
export type UpdateAutoPause = ObjectOf<typeof UpdateAutoPauseKind>;
