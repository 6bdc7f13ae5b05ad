import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import {
  AgentConfigSchema,
  LcmImagesSchema,
  MachineTypesSchema,
  lcmTypes,
} from '../../lcm.mirantis.com/v1alpha1/state-item.js';
import { HelmRepositorySchema, ReleaseHelmReleaseSchema } from './helm-release.js';
import { AllowedNodeLabelSchema } from './node-label.js';

export const DistributionSchema = z.object({
  id: z.string().describe('Id that Machines use, such as ubuntu/jammy.'),
  version: z.string().describe('Version of the operating system.'),
  description: z.string().optional().describe('Name for people.'),
  default: z.boolean().optional().describe('Used by Machines that name none.'),
  image: z
    .object({
      url: z.string().describe('Where the image is fetched from.'),
      checksum: z.string().describe('<algorithm>:<hex>, or hex alone for sha256.'),
    })
    .describe('The image to provision.'),
});
export type Distribution = z.infer<typeof DistributionSchema>;

export const ClusterReleaseSpecSchema = z.looseObject({
  version: z.string().describe('Version, <cluster>+<mosk> for MOSK clusters.'),
  description: z.string().optional().describe('Lines `component: version`.'),
  releaseNotes: z
    .array(
      z.object({
        version: z.string().describe('Version the notes are for.'),
        notes: z
          .array(z.object({ text: z.string().describe('The change.') }))
          .optional()
          .describe('Changes.'),
      }),
    )
    .optional()
    .describe('What changed.'),
  agent: AgentConfigSchema.optional().describe('The agent on hosts.'),
  machineTypes: MachineTypesSchema.optional().describe('State items by type of machine, in order.'),
  helm: z
    .object({
      repositories: z.array(HelmRepositorySchema).optional().describe('Repositories of charts.'),
      releases: z.array(ReleaseHelmReleaseSchema).optional().describe('Charts of the release.'),
      controller: ReleaseHelmReleaseSchema.partial().optional().describe('The Helm controller.'),
    })
    .optional()
    .describe('Charts.'),
  images: LcmImagesSchema.optional().describe('Images for the cluster.'),
  lcmType: z.enum(lcmTypes).optional().describe('Kubernetes distribution: ucp is MKE.'),
  allowedNodeLabels: z
    .array(AllowedNodeLabelSchema)
    .optional()
    .describe('Labels that machines may ask for on their node.'),
  allowedDistributions: z.array(DistributionSchema).optional().describe('Operating systems.'),
  allowedOpenstackReleases: z
    .array(
      z.object({
        id: z.string().describe('Name such as caracal.'),
        description: z.string().optional().describe('Name for people.'),
      }),
    )
    .optional()
    .describe('OpenStack releases.'),
});
export type ClusterReleaseSpec = z.infer<typeof ClusterReleaseSpecSchema>;

/** `kubectl get clusterreleases`: one tested set of versions for a cluster. */
export const ClusterReleaseKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'ClusterRelease',
  plural: 'clusterreleases',
  scope: 'Cluster',
  owner: 'release-svc',
  description:
    'One tested set of versions for a cluster: host operating systems, Kubernetes distribution, container runtime, charts, and the state items that install them. Never edited: a new version is a new object.',
  spec: ClusterReleaseSpecSchema,
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.version', description: 'Version' },
    { name: 'LCMType', type: 'string', jsonPath: '.spec.lcmType', description: 'Kubernetes distribution', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: 'self == oldSelf',
      message: 'spec of a ClusterRelease cannot be changed: a new version is a new object',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    "Params of state items may hold placeholders, filled in by lifecycle-svc when it writes the items of a machine: `{{clusterName}}`, `{{clusterNamespace}}`, `{{machineName}}`, `{{nodeName}}` (kaas-node-<uuid>), `{{machineType}}` (control or worker), `{{controlPlaneRole}}` (init on the first control-plane machine, join on every other, empty on workers), `{{externalEndpoint}}` (host:port of the cluster's API), `{{controlNodeIP}}` (address of the first control-plane machine), `{{nodeIP}}` (address of this machine in the LCM network), `{{podCIDR}}`, `{{serviceCIDR}}`, `{{dedicatedControlPlane}}` (true or false), `{{containerRegistries}}` (comma list of domains), `{{deploymentSecret}}` (Secret of this machine with the PKI). A placeholder of any other name is an error of the release: the machine is blocked and says which.",
    "The list of placeholders is Keelson's: the reference leaves the params to the release. `controlNodeIP` and `ucp_tag` as names of params do not count into the hash of an item.",
  ],
});
export type ClusterRelease = ObjectOf<typeof ClusterReleaseKind>;
