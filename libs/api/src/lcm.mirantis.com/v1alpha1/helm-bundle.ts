import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { HelmReleaseSchema, HelmRepositorySchema } from '../../kaas.mirantis.com/v1alpha1/helm-release.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

export const HelmReleaseStatusSchema = z.object({
  success: z.boolean().optional().describe('Deprecated; use status.'),
  status: z
    .string()
    .optional()
    .describe('How the release stands: deployed, pending-install, pending-upgrade, failed, carried, blocked, unknown.'),
  ready: z.boolean().optional().describe('Whether its workloads are ready.'),
  revision: z.int().optional().describe('Revision of the release.'),
  namespace: z.string().optional().describe('Namespace of the release.'),
  chart: z.string().optional().describe('Chart installed.'),
  version: z.string().optional().describe('Version installed.'),
  hash: z.string().optional().describe('Hash of the values installed.'),
  message: z.string().optional().describe('Why it failed.'),
  attempt: z.int().optional().describe('How often it was tried.'),
  finishedAt: TimestampSchema.nullable().optional().describe('When the last try ended.'),
  notes: z.string().optional().describe('Notes of the chart.'),
});

/** `kubectl get helmbundles`: charts to install in a cluster. */
export const HelmBundleKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'HelmBundle',
  plural: 'helmbundles',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'Charts to install in a cluster, in the order of their requirements. The bundle of a cluster has its name; operators may make others.',
  spec: z.object({
    repositories: z.array(HelmRepositorySchema).optional().describe('Repositories of charts.'),
    releases: z
      .array(HelmReleaseSchema.extend({ helmV3: z.boolean().optional().describe('Deprecated, no effect.') }))
      .describe('Charts.'),
    release: z.string().optional().describe('Version of the controller that may act on it.'),
  }),
  status: z.object({
    releaseStatuses: z.record(z.string(), HelmReleaseStatusSchema).optional().describe('How each chart went, by name.'),
    observedGeneration: z.int().optional().describe('Generation of the spec the status speaks of.'),
    release: z.string().optional().describe('Version of the controller that acted.'),
    progress: ProgressSchema.optional(),
  }),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  notes: [
    'The Helm controller is part of lifecycle-svc and works from the management cluster: bundles are read there alone. A bundle is for the cluster that its label cluster.sigs.k8s.io/cluster-name names, or for that of its own name.',
    "`status` of a release has Helm's words (pending-install, pending-upgrade, deployed, failed), and of Keelson carried (a service of Keelson does the work from outside, nothing is installed), blocked (a person must help, the message says how) and unknown.",
    'Hooks of charts are not run; ready means that the workloads of a release run. Namespaces, definitions and volumes stay when a release is removed. `authSecret` of a repository is not supported: such a release is blocked.',
  ],
});
export type HelmBundle = ObjectOf<typeof HelmBundleKind>;
