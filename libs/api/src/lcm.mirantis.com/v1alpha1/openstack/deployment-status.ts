import { z } from 'zod';
import { TimestampSchema } from '../../../fragments.js';
import { defineKind, type ObjectOf } from '../../../kind.js';
import { ProgressSchema } from '../../../progress.js';

export const osdplStates = ['APPLYING', 'APPLIED', 'FAILED'] as const;
export type OsdplState = (typeof osdplStates)[number];

export const serviceStates = ['WAITING', 'APPLYING', 'APPLIED', 'DELETING'] as const;
export type ServiceState = (typeof serviceStates)[number];

export const ServiceStatusSchema = z.object({
  state: z
    .enum(serviceStates)
    .describe('WAITING for others, APPLYING, APPLIED, or DELETING as it is no longer wanted.'),
  release: z.string().optional().describe('Cluster release of the controller that applied it.'),
  openstack_version: z.string().optional().describe('Release of OpenStack it has.'),
  controller_version: z.string().optional().describe('Version of the controller that applied it.'),
  fingerprint: z.string().optional().describe('Digest of what is applied.'),
  changes: z
    .string()
    .optional()
    .describe('Objects that were not as they are to be when it was last applied; absent while it is new.'),
  cause: z.string().optional().describe('Why it was last applied.'),
  timestamp: TimestampSchema.optional().describe('When the state was entered.'),
  upgrade_check_overridden: z
    .string()
    .optional()
    .describe('Release of OpenStack whose upgrade check failed for it and was passed over by an annotation.'),
  tasks: z
    .array(
      z.object({
        description: z.string().describe('What is being done.'),
        start_time: TimestampSchema.describe('Since when.'),
      }),
    )
    .optional()
    .describe('Work under way.'),
});
export type ServiceStatus = z.infer<typeof ServiceStatusSchema>;

export const ComponentHealthSchema = z.object({
  status: z.enum(['Ready', 'Unhealthy', 'Unknown']).describe('Unknown when nothing fresh is known.'),
  message: z.string().optional().describe('What is wrong, of components that are questions to an API.'),
  generation: z.int().optional().describe('Generation of the workload the status speaks of.'),
  OK_desiredNumberScheduled: z
    .int()
    .optional()
    .describe('DaemonSets: nodes that had it when it was last Ready, so that drained nodes are no failure.'),
});
export type ComponentHealth = z.infer<typeof ComponentHealthSchema>;

export const OpenStackDeploymentStatusStatusSchema = z.object({
  osdpl: z
    .object({
      state: z.enum(osdplStates).optional().describe('State of the cloud.'),
      openstack_version: z.string().optional().describe('Release of OpenStack; the new one when all services have it.'),
      controller_version: z.string().optional().describe('Version of the controller.'),
      controller_host: z.string().optional().describe('Who applies it.'),
      fingerprint: z.string().optional().describe('Digest of the spec in work or applied.'),
      timestamp: TimestampSchema.optional().describe('When the state was entered.'),
      changes: z
        .string()
        .optional()
        .describe('Paths of what was last changed in the spec; absent when the spec before was not known any more.'),
      cause: z.string().optional().describe('Why it was last applied.'),
      release: z.string().optional().describe('Cluster release, <cluster>+<mosk>.'),
      health: z.string().optional().describe('Applications that are healthy out of all, as 13/15.'),
      lcm_progress: z.string().optional().describe('Services applied out of all, as 1/11.'),
      pods_percent: z
        .int()
        .min(0)
        .max(100)
        .optional()
        .describe('Pods that are what is wanted, of all, in steps of 5 %; absent when all services are applied.'),
    })
    .optional()
    .describe('The cloud as a whole.'),
  services: z.record(z.string(), ServiceStatusSchema).optional().describe('Services by name.'),
  health: z
    .record(z.string(), z.record(z.string(), ComponentHealthSchema))
    .optional()
    .describe('Workloads by application and component.'),
  credentials: z
    .object({
      rotation: z
        .record(z.string(), z.object({ timestamp: TimestampSchema.optional().describe('When it was last done.') }))
        .optional()
        .describe('Rotations by group.'),
    })
    .optional()
    .describe('Credentials.'),
  handle: z
    .object({ lastStatus: z.string().optional().describe('Outcome of the last run.') })
    .optional()
    .describe('Runs of the controller.'),
  progress: ProgressSchema.optional(),
});
export type OsdplstStatus = z.infer<typeof OpenStackDeploymentStatusStatusSchema>;

/** `kubectl get osdplst`: how far an OpenStack cloud is. */
export const OpenStackDeploymentStatusKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'OpenStackDeploymentStatus',
  plural: 'openstackdeploymentstatus',
  scope: 'Namespaced',
  shortNames: ['osdplst'],
  owner: 'openstack-svc',
  description:
    'How far the OpenStackDeployment of the same name is: state of the whole and of every service, health of its workloads. Made and written by the service only.',
  status: OpenStackDeploymentStatusStatusSchema,
  columns: [
    {
      name: 'OpenStack Version',
      type: 'string',
      jsonPath: '.status.osdpl.openstack_version',
      description: 'Release of OpenStack',
    },
    {
      name: 'Controller Version',
      type: 'string',
      jsonPath: '.status.osdpl.controller_version',
      description: 'Version of the controller',
    },
    { name: 'State', type: 'string', jsonPath: '.status.osdpl.state', description: 'APPLYING, APPLIED or FAILED' },
    { name: 'LCM Progress', type: 'string', jsonPath: '.status.osdpl.lcm_progress', description: 'Services applied' },
    { name: 'HEALTH', type: 'string', jsonPath: '.status.osdpl.health', description: 'Healthy applications' },
    { name: 'MOSK Release', type: 'string', jsonPath: '.status.osdpl.release', description: 'Cluster release' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.progress.message',
      description: 'What is missing',
      priority: 1,
    },
  ],
  notes: [
    'Health Unknown, for components of which nothing fresh is known, is Keelson’s; so are components `check-…`: what an API answered about itself, its services, agents, hypervisors, back ends and the catalogue, with names in `message`.',
    'The column Message of the wide output is Keelson’s.',
    'The plural is the one of the singular (guess).',
  ],
});
export type OpenStackDeploymentStatus = ObjectOf<typeof OpenStackDeploymentStatusKind>;
