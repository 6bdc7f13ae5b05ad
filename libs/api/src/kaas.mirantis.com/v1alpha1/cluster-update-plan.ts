import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

export const updatePlanStates = ['NotStarted', 'InProgress', 'Completed', 'Failed', 'AutoPaused'] as const;
export type UpdatePlanState = (typeof updatePlanStates)[number];

export const updateStepStates = ['NotStarted', 'Scheduled', 'InProgress', 'Completed', 'Failed'] as const;
export type UpdateStepState = (typeof updateStepStates)[number];

const impact = z.enum(['none', 'minor', 'major']);

export const UpdateStepSchema = z.object({
  id: z
    .string()
    .min(1)
    .max(253)
    .describe('openstack, ceph, k8s-controllers, k8s-workers-<update group> or mcc-components.'),
  name: z.string().max(253).describe('Name for people.'),
  description: z.string().max(4096).optional().describe('What the step does.'),
  constraints: z.array(z.string().max(1024)).max(16).optional().describe('What must hold for it to go on.'),
  impact: z
    .object({
      users: impact.optional().describe('What users of the cloud notice.'),
      workloads: impact.optional().describe('What happens to running instances.'),
      info: z.string().max(4096).optional().describe('In words.'),
    })
    .optional()
    .describe('What the step means for others.'),
  duration: z
    .object({
      estimated: z.string().max(32).optional().describe('Expected duration such as 1h30m0s.'),
      info: z.string().max(4096).optional().describe('Where the estimate comes from and how sure it is.'),
      eta: z.string().max(32).optional().describe('The older name of estimated.'),
    })
    .optional()
    .describe('How long it takes.'),
  granularity: z.enum(['cluster', 'machine']).optional().describe('What it goes on by.'),
  commence: z.boolean().default(false).describe('Set to true by an operator to let the step begin.'),
});
export type UpdateStep = z.infer<typeof UpdateStepSchema>;

export const ClusterUpdatePlanSpecSchema = z.object({
  cluster: z.string().min(1).max(253).describe('Cluster by name, in the same namespace.'),
  source: z.string().min(1).max(253).describe('ClusterRelease it is updated from.'),
  target: z.string().min(1).max(253).describe('ClusterRelease it is updated to.'),
  releaseNotes: z.string().max(2048).optional().describe('URL of the release notes.'),
  steps: z.array(UpdateStepSchema).max(64).describe('Steps in the order in which they run.'),
});
export type ClusterUpdatePlanSpec = z.infer<typeof ClusterUpdatePlanSpecSchema>;

/** When something will be over: the interval holds nine courses of ten. */
export const EstimatedFinishSchema = z.object({
  at: TimestampSchema.describe('When half of all courses it may take are over.'),
  earliest: TimestampSchema.describe('One course in twenty is over before.'),
  latest: TimestampSchema.describe('One course in twenty is over later.'),
});
export type EstimatedFinish = z.infer<typeof EstimatedFinishSchema>;

export const UpdateStepStatusSchema = z.looseObject({
  id: z.string().max(253).describe('Id of the step.'),
  status: z.enum(updateStepStates).describe('Scheduled: commenced, and a step before it is not done.'),
  message: z.string().optional().describe('What it is at, what it waits for or why it failed.'),
  startedAt: TimestampSchema.optional().describe('When it began.'),
  finishedAt: TimestampSchema.optional().describe('When it was over.'),
  duration: z.string().optional().describe('How long it took, or takes so far, such as 1h30m0s.'),
  estimatedFinish: EstimatedFinishSchema.optional().describe('When it will be over, learned from steps of the past.'),
  machines: z
    .object({
      total: z.int().min(0).describe('Machines of the step.'),
      updated: z.int().min(0).describe('Machines on the target release.'),
      updating: z.array(z.string()).optional().describe('Machines in work.'),
      failed: z.array(z.string()).optional().describe('Machines that do not get on.'),
    })
    .optional()
    .describe('How far the machines of the step are.'),
  percent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('How much of a step without machines is done, where its owner counts it, such as pods of all pods.'),
});
export type UpdateStepStatus = z.infer<typeof UpdateStepStatusSchema>;

export const ClusterUpdatePlanStatusSchema = z.looseObject({
  status: z.enum(updatePlanStates).optional().describe('How the update stands.'),
  startedAt: TimestampSchema.optional().describe('When its first step began.'),
  finishedAt: TimestampSchema.optional().describe('When its last step was over.'),
  estimatedFinish: EstimatedFinishSchema.optional().describe(
    'When all steps will be over, each commenced as soon as its turn comes. Told anew when the update gets further, or a step takes longer than was foretold.',
  ),
  message: z.string().optional().describe('A sentence on how the update stands.'),
  steps: z.array(UpdateStepStatusSchema).max(64).optional().describe('How each step stands.'),
  progress: ProgressSchema.optional(),
});
export type ClusterUpdatePlanStatus = z.infer<typeof ClusterUpdatePlanStatusSchema>;

const begun = 'has(oldSelf.status) && has(oldSelf.status.steps)';
const hasBegun = (step: string) =>
  `oldSelf.status.steps.exists(t, t.id == ${step}.id && t.status in ["InProgress", "Completed", "Failed"])`;

/** `kubectl get clusterupdateplans`: one possible update of a cluster, step by step. */
export const ClusterUpdatePlanKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'ClusterUpdatePlan',
  plural: 'clusterupdateplans',
  scope: 'Namespaced',
  shortNames: ['cup'],
  owner: 'release-svc',
  description:
    'One possible update of a cluster, made by release-svc when a release becomes available. Nothing begins by itself: an operator sets `commence: true` on a step, or on several ahead; they run strictly in order. A step that has begun is not taken back; one that has not can be withdrawn by `commence: false`.',
  spec: ClusterUpdatePlanSpecSchema,
  status: ClusterUpdatePlanStatusSchema,
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Cluster' },
    { name: 'Target', type: 'string', jsonPath: '.spec.target', description: 'Release it is updated to' },
    { name: 'Status', type: 'string', jsonPath: '.status.status', description: 'How the update stands' },
    {
      name: 'Finish',
      type: 'string',
      jsonPath: '.status.estimatedFinish.at',
      description: 'When all of it is likely over',
    },
    { name: 'Source', type: 'string', jsonPath: '.spec.source', description: 'Release it comes from', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'What it is at', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: 'self.cluster == oldSelf.cluster && self.source == oldSelf.source && self.target == oldSelf.target',
      message:
        'spec.cluster, source and target of a plan cannot be changed: there is one plan for each possible update',
      reason: 'FieldValueForbidden',
    },
    {
      at: 'spec',
      rule: 'self.steps.all(a, self.steps.exists_one(b, a.id == b.id))',
      message: 'spec.steps: ids of steps must differ',
      reason: 'FieldValueInvalid',
    },
    {
      at: '',
      rule: `!(${begun}) || (has(self.status) && has(self.status.status) && self.status.status == "AutoPaused") || oldSelf.spec.steps.all(o, !o.commence || !${hasBegun('o')} || self.spec.steps.exists(s, s.id == o.id && s.commence))`,
      message:
        'spec.steps: a step that has begun cannot be taken back; set commence to false only on steps that are not started',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: `!(${begun}) || oldSelf.spec.steps.all(o, !${hasBegun('o')} || self.spec.steps.exists(s, s.id == o.id))`,
      message: 'spec.steps: a step that has begun cannot be removed from its plan',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    'The name is `<cluster>-<version of the target without build metadata>`; `finishedAt`, `machines`, `percent`, `estimatedFinish`, `message` of the plan and `progress` are Keelson’s, as is the state Scheduled (a guess in the reference).',
    'Columns are a choice: the reference names none. So is `status.estimatedFinish` of the whole: there is no such field in the reference.',
    'A step that has begun can be un-commenced only while the plan is AutoPaused: that is how UpdateAutoPause stops worker steps.',
  ],
});
export type ClusterUpdatePlan = ObjectOf<typeof ClusterUpdatePlanKind>;
