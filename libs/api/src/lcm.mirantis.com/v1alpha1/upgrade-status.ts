import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

export const stageStates = ['NotStarted', 'InProgress', 'Success', 'Fail'] as const;
export type StageState = (typeof stageStates)[number];

export const StageSchema = z.object({
  name: z.string().describe('Name of the stage.'),
  status: z.enum(stageStates).describe('NotStarted, InProgress, Success or Fail.'),
  success: z.boolean().describe('Whether the stage is over with success.'),
  timestamp: TimestampSchema.nullable().optional().describe('When the status was entered.'),
  message: z.string().optional().describe('Why it does not get on, or why nothing was to be done.'),
});
export type Stage = z.infer<typeof StageSchema>;

/** Columns of whatever has stages: the one in work, and the one that does not get on. */
export const stageColumns = [
  {
    name: 'Stage',
    type: 'string',
    jsonPath: '.stages[?(@.status=="InProgress")].name',
    description: 'What is in work; empty when all is done',
  },
  {
    name: 'Failed',
    type: 'string',
    jsonPath: '.stages[?(@.status=="Fail")].name',
    description: 'What does not get on',
  },
] as const;

/** What the update of a cluster goes through, in order. */
export const clusterUpgradeStages = [
  'Requested cluster maintenance',
  'Cluster workload locks are inactive',
  'Control plane nodes MKE upgraded',
  'Worker nodes MKE upgraded',
  'All machines of the cluster upgraded',
  'Cluster maintenance request removed',
] as const;
export type ClusterUpgradeStage = (typeof clusterUpgradeStages)[number];

/** What the update of a machine goes through. The spelling is the reference's. */
export const machineUpgradeStages = [
  'Agent upgraded',
  'Prepare phase done',
  'Previous machines are deployed',
  'Node maintenance requested',
  'Node workload locks inactive',
  'Kubernetes drained',
  'Swarm drained',
  'Deploy phase done',
  'Reconfigure phase done',
  'Reboot done',
  'Swarm uncordoned',
  'Kubernetes uncordoned',
  'Node maintenance request removed',
  'Machine Upgraded',
] as const;
export type MachineUpgradeStage = (typeof machineUpgradeStages)[number];

const UpgradeStagesSchema = z.object({
  fromRelease: z.string().optional().describe('Version of the release before the update.'),
  release: z.string().describe('Version of the release that the update leads to.'),
  stages: z.array(StageSchema).max(50).describe('The stages, in the order of their names in the reference.'),
});
export type UpgradeStages = z.infer<typeof UpgradeStagesSchema>;

const meta = {
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  root: UpgradeStagesSchema,
  columns: [
    { name: 'From', type: 'string', jsonPath: '.fromRelease', description: 'Release before the update' },
    { name: 'Release', type: 'string', jsonPath: '.release', description: 'Release that the update leads to' },
    ...stageColumns,
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.stages[?(@.status=="Fail")].message',
      description: 'Why it does not get on',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
} as const;

const notes = [
  'The object carries no spec and no status: `release` and `stages[]` are top-level, as in the deployment statuses of the reference. `fromRelease`, the columns and the name are a choice.',
  'There is one object for what it speaks of; the next update begins it anew. What past updates did is in the history of the plan.',
  'A stage that is over stays so until the next update. Stages of Swarm are passed with a message: nothing runs in Swarm.',
];

/** `kubectl get lcmclusterupgradestatuses`: how far the update of each cluster is. */
export const LCMClusterUpgradeStatusKind = defineKind({
  ...meta,
  kind: 'LCMClusterUpgradeStatus',
  plural: 'lcmclusterupgradestatuses',
  description:
    'How far the last update of a cluster got, stage by stage. Made by the controller under the name of the LCMCluster when the update begins.',
  notes,
});
export type LCMClusterUpgradeStatus = ObjectOf<typeof LCMClusterUpgradeStatusKind>;

/** `kubectl get lcmmachineupgradestatuses`: how far the update of each machine is. */
export const LCMMachineUpgradeStatusKind = defineKind({
  ...meta,
  kind: 'LCMMachineUpgradeStatus',
  plural: 'lcmmachineupgradestatuses',
  description:
    'How far the last update of a machine got, stage by stage. Made by the controller under the name of the LCMMachine when its turn comes; one that waits for its turn has none of the new release yet.',
  notes,
});
export type LCMMachineUpgradeStatus = ObjectOf<typeof LCMMachineUpgradeStatusKind>;
