import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

export const clusterStateTypes = ['helm-deployed', 'cordon-drain', 'swarm-drain', 'swarm-remove'] as const;
export type ClusterStateType = (typeof clusterStateTypes)[number];

/** `kubectl get lcmclusterstates`: one thing asked of a cluster, such as the drain of a node. */
export const LCMClusterStateKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'LCMClusterState',
  plural: 'lcmclusterstates',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'One thing asked of a cluster, such as the drain of a node. Made by controllers; the annotation lcm.mirantis.com/cluster-state-reason says why.',
  spec: z.object({
    clusterName: z.string().optional().describe('Name of the LCMCluster.'),
    type: z.enum(clusterStateTypes).describe('What is asked.'),
    arg: z.string().describe('Of what, such as the name of a machine.'),
    value: z.enum(['true', 'false']).describe('The value asked for.'),
  }),
  status: z.object({
    value: z.string().optional().describe('The value in effect.'),
    message: z.string().optional().describe('Why it is not the one asked for.'),
    attempt: z.int().optional().describe('How often it was tried.'),
    progress: ProgressSchema.optional(),
  }),
  columns: [
    { name: 'clusterName', type: 'string', jsonPath: '.spec.clusterName', description: 'Cluster Name' },
    { name: 'type', type: 'string', jsonPath: '.spec.type', description: 'Type' },
    { name: 'arg', type: 'string', jsonPath: '.spec.arg', description: 'Arg', priority: 1 },
    { name: 'value', type: 'string', jsonPath: '.spec.value', description: 'Value', priority: 1 },
    { name: 'actualValue', type: 'string', jsonPath: '.status.value', description: 'Actual Value', priority: 2 },
    { name: 'attempt', type: 'integer', jsonPath: '.status.attempt', description: 'Attempt', priority: 2 },
    { name: 'message', type: 'string', jsonPath: '.status.message', description: 'Message', priority: 2 },
  ],
  rules: [
    {
      at: 'spec',
      rule: 'self.type == oldSelf.type && self.arg == oldSelf.arg',
      message: 'spec.type and spec.arg cannot be changed: make another LCMClusterState',
      reason: 'FieldValueForbidden',
    },
  ],
});
export type LCMClusterState = ObjectOf<typeof LCMClusterStateKind>;
