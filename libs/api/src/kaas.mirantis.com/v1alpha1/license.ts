import { z } from 'zod';
import { SecretValueSchema, TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

export const LicenseLimitsSchema = z.object({
  clusters: z.int().min(0).optional().describe('Clusters at most; unlimited unless given.'),
  workersPerCluster: z.int().min(0).optional().describe('Workers of one cluster at most; unlimited unless given.'),
});
export type LicenseLimits = z.infer<typeof LicenseLimitsSchema>;

export const LicenseStatusSchema = z.looseObject({
  instance: z.string().optional().describe('Id of this installation.'),
  customerID: z.string().optional().describe('Who the license was given to.'),
  dev: z.boolean().optional().describe('For development and trials; also true without a license.'),
  limits: LicenseLimitsSchema.optional().describe('Limits of clusters of any sort.'),
  openstack: LicenseLimitsSchema.optional().describe('Limits of clusters with OpenStack.'),
  expirationTime: TimestampSchema.optional().describe('When it ends.'),
  expired: z
    .boolean()
    .optional()
    .describe('It has ended: what runs goes on, no cluster is added and no update begins.'),
  usage: z
    .object({
      clusters: z.int().describe('Clusters there are, without the management cluster.'),
      workers: z.record(z.string(), z.int()).optional().describe('Workers there are, by `<namespace>/<cluster>`.'),
      openstack: z
        .array(z.string())
        .optional()
        .describe('Clusters with OpenStack, as `<namespace>/<cluster>`: a worker of theirs has a node label of it.'),
    })
    .optional()
    .describe('What of the limits is used.'),
  message: z
    .string()
    .optional()
    .describe('Why a license was not accepted, that it ends soon, or what there is more of than it allows.'),
});
export type LicenseStatus = z.infer<typeof LicenseStatusSchema>;

/** The one License. */
export const licenseName = 'license';

/** `kubectl get licenses`: what this installation may build. */
export const LicenseKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'License',
  plural: 'licenses',
  scope: 'Cluster',
  owner: 'release-svc',
  description:
    'What this installation may build and until when. Write the text of a license to spec.license.value: its signature is checked, the text is moved to a Secret and the value blanked. Without a license there is no limit and the installation shows itself as one for development.',
  spec: z.object({ license: SecretValueSchema.optional().describe('Text of the license.') }),
  status: LicenseStatusSchema,
  columns: [
    { name: 'Customer', type: 'string', jsonPath: '.status.customerID', description: 'Who it was given to' },
    { name: 'Expires', type: 'string', jsonPath: '.status.expirationTime', description: 'When it ends' },
    { name: 'Expired', type: 'boolean', jsonPath: '.status.expired', description: 'Whether it has ended' },
  ],
  rules: [
    {
      at: '',
      rule: `self.metadata.name == "${licenseName}"`,
      message: `metadata.name: there is one License, and its name is ${licenseName}`,
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    'Use patch or edit, never `kubectl apply`: its annotation would keep the text. The controller drops that annotation together with the text.',
    "The text is a token signed by an issuer of the installation's own choice; `message` and `usage` are Keelson's. Limits are held at admission (deploy/policies): a Cluster or worker too many is refused, and so is a Cluster once the license has expired; a machine may be replaced then. What is written in the moment before it is counted can pass; then no update begins until there is no more than the license allows.",
  ],
});
export type License = ObjectOf<typeof LicenseKind>;
