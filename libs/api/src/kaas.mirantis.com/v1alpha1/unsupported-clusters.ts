import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';

export const UnsupportedClusterSchema = z.looseObject({
  namespace: z.string().describe('Namespace of the cluster.'),
  name: z.string().describe('Name of the cluster.'),
  release: z.string().optional().describe('ClusterRelease it runs.'),
  sinceReleaseVersion: z
    .string()
    .describe('First version of the management release that does not support what the cluster runs.'),
});
export type UnsupportedCluster = z.infer<typeof UnsupportedClusterSchema>;

/** The one UnsupportedClusters. */
export const unsupportedClustersName = 'unsupported-clusters';

/** `kubectl get unsupportedclusters`: clusters that keep the management cluster from updating. */
export const UnsupportedClustersKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'UnsupportedClusters',
  plural: 'unsupportedclusters',
  scope: 'Cluster',
  owner: 'release-svc',
  description:
    'Clusters whose release the next management release does not support: the management cluster does not update before they have. Written by release-svc; the one object is called unsupported-clusters.',
  spec: z.looseObject({}).optional(),
  status: z.looseObject({
    clusters: z.array(UnsupportedClusterSchema).optional().describe('The clusters.'),
  }),
  columns: [
    { name: 'Clusters', type: 'string', jsonPath: '.status.clusters[*].name', description: 'Clusters by name' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: '',
      rule: `self.metadata.name == "${unsupportedClustersName}"`,
      message: `metadata.name: there is one UnsupportedClusters, and its name is ${unsupportedClustersName}`,
      reason: 'FieldValueForbidden',
    },
  ],
  notes: ['Of its fields the reference fixes only `sinceReleaseVersion`; the others are a choice.'],
});
export type UnsupportedClusters = ObjectOf<typeof UnsupportedClustersKind>;
