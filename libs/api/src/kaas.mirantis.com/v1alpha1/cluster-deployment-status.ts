import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { stageColumns, StageSchema } from '../../lcm.mirantis.com/v1alpha1/upgrade-status.js';

/** What the making of a cluster goes through, as far as lifecycle-svc does it; in the order of the reference. */
export const clusterDeploymentStages = [
  'Network prepared',
  'Load balancers created',
  'Kubernetes API started',
  'Helm-controller deployed',
  'HelmBundle created',
  'Certificates configured',
  'All machines of the cluster are ready',
  'Cluster is ready',
  'Provider instance ready',
] as const;
export type ClusterDeploymentStage = (typeof clusterDeploymentStages)[number];

/** `kubectl get clusterdeploymentstatuses`: how far the making of each cluster is. */
export const ClusterDeploymentStatusKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'ClusterDeploymentStatus',
  plural: 'clusterdeploymentstatuses',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'How far the making of a cluster got, stage by stage. Made by the controller under the name of the Cluster, and still once every stage is over.',
  root: z.object({
    release: z.string().describe('Version of the release that the cluster was made from.'),
    stages: z.array(StageSchema).max(50).describe('The stages, in the order of their names in the reference.'),
  }),
  columns: [
    { name: 'Release', type: 'string', jsonPath: '.release', description: 'Release that the cluster is made from' },
    stageColumns[0],
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'The object carries no spec and no status: `release` and `stages[]` are top-level, as in the reference. Name, plural and columns are a choice.',
    'Stages of what lifecycle-svc does not make (IAM objects, Bastion, OIDC, Ceph cluster) are left out.',
    'Helm-controller deployed: the Helm controller, which works from the management cluster, has looked into the cluster.',
  ],
});
export type ClusterDeploymentStatus = ObjectOf<typeof ClusterDeploymentStatusKind>;
