import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { HelmRepositorySchema, ReleaseHelmReleaseSchema } from './helm-release.js';

const charts = (what: string) => z.array(ReleaseHelmReleaseSchema).optional().describe(what);

export const KaaSReleaseSpecSchema = z.looseObject({
  version: z.string().describe('Version such as 2.31.0.'),
  clusterRelease: z.string().describe('ClusterRelease that the management cluster itself runs.'),
  helmRepositories: z.array(HelmRepositorySchema).optional().describe('Repositories of charts.'),
  management: z
    .object({ helmReleases: charts('Charts of the management cluster.') })
    .optional()
    .describe('Management cluster.'),
  regional: z
    .array(
      z.object({
        provider: z.string().describe('Provider such as baremetal.'),
        helmReleases: charts('Charts of the provider.'),
      }),
    )
    .optional()
    .describe('Charts by provider.'),
  regionalHelmReleases: charts('Charts of every provider.'),
  supportedClusterReleases: z
    .array(
      z.object({
        version: z.string().describe('Version of the ClusterRelease.'),
        name: z.string().describe('ClusterRelease by name.'),
        tag: z.string().optional().describe('Short name.'),
        availableUpgrades: z
          .array(
            z.object({
              version: z.string().describe('Version that it can be updated to.'),
              rebootRequired: z.boolean().optional().describe('Whether machines are rebooted on the way.'),
            }),
          )
          .optional()
          .describe('The update graph from here.'),
        providers: z
          .object({ supported: z.array(z.string()).optional().describe('Providers by name.') })
          .optional()
          .describe('Providers it is for; all unless given.'),
      }),
    )
    .optional()
    .describe('Releases that clusters may run under this management release.'),
  bootstrap: z
    .object({
      version: z.string().describe('Version of the bootstrap artifacts.'),
      helmReleases: charts('Charts of the bootstrap cluster.'),
    })
    .optional()
    .describe('Bootstrap of a management cluster.'),
});
export type KaaSReleaseSpec = z.infer<typeof KaaSReleaseSpecSchema>;

/** `kubectl get kaasreleases`: one release of the management cluster. */
export const KaaSReleaseKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'KaaSRelease',
  plural: 'kaasreleases',
  scope: 'Cluster',
  owner: 'release-svc',
  description:
    'One release of the management cluster: the ClusterRelease it runs itself, its charts, and the ClusterReleases that other clusters may run. The label kaas.mirantis.com/active marks the one in use. Never edited: a new version is a new object.',
  spec: KaaSReleaseSpecSchema,
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.version', description: 'Version' },
    {
      name: 'ClusterRelease',
      type: 'string',
      jsonPath: '.spec.clusterRelease',
      description: 'ClusterRelease of the management cluster',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: 'self == oldSelf',
      message: 'spec of a KaaSRelease cannot be changed: a new version is a new object',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: ['Columns are a choice: the reference names none.'],
});
export type KaaSRelease = ObjectOf<typeof KaaSReleaseKind>;
