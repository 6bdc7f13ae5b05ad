import { CidrSchema, FreeFormSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { z } from 'zod';
import { HelmReleaseOverrideSchema } from '../../kaas.mirantis.com/v1alpha1/helm-release.js';
import { ClusterProviderStatusSchema } from './cluster-provider-status.js';

const nameReference = (what: string) => z.looseObject({ name: z.string().describe(`Name of the ${what}.`) });

export const ClusterProviderSpecSchema = z.looseObject({
  apiVersion: z.string().optional().describe('baremetal.k8s.io/v1alpha1'),
  kind: z.string().optional().describe('BaremetalClusterProviderSpec'),
  release: z.string().optional().describe('ClusterRelease by name. Changing it starts an update of the cluster.'),
  helmReleases: z.array(HelmReleaseOverrideSchema).optional().describe('Overrides of charts of the release.'),
  dedicatedControlPlane: z.boolean().default(true).describe('Keep workloads off control-plane nodes by a taint.'),
  secureOverlay: z.boolean().default(false).describe('Encrypt the pod network.'),
  publicKeys: z.array(nameReference('PublicKey')).optional().describe('SSH keys that may log in to nodes.'),
  proxy: z.string().optional().describe('Proxy object by name.'),
  tls: z.record(z.string(), FreeFormSchema).optional().describe('TLS of applications by their name.'),
  maxWorkerPrepareCount: z.int().min(0).optional().describe('Workers in Prepare at once; 0 or unset is no limit.'),
  maxWorkerUpgradeCount: z
    .int()
    .min(1)
    .default(1)
    .describe('Workers updated at once. Deprecated in favour of UpdateGroup.'),
  maintenance: z.boolean().default(false).describe('Ask for maintenance mode of the cluster.'),
  containerRegistries: z.array(z.string()).optional().describe('ContainerRegistry objects by name.'),
  kaas: z
    .looseObject({
      release: z.string().optional().describe('KaaSRelease by name.'),
      management: FreeFormSchema.optional().describe('Settings of the management cluster.'),
      regional: z.array(FreeFormSchema).optional().describe('Charts by provider.'),
      regionalHelmReleases: z.array(HelmReleaseOverrideSchema).optional().describe('Overrides of regional charts.'),
    })
    .optional()
    .describe('Only on the management cluster.'),
  dedicatedMetallbPools: z.boolean().default(false).describe('A separate address pool for service endpoints.'),
  loadBalancerHost: z
    .string()
    .optional()
    .describe('Address of the API; taken from the subnet labelled ipam/SVC-LBhost unless given.'),
  useBGPAnnouncement: z
    .boolean()
    .default(false)
    .describe('Announce the API address by BGP, with Rack and MultiRackCluster.'),
  bootstrapToken: FreeFormSchema.optional().describe('Token for agents.'),
  credentials: z.string().optional().describe('Other providers only.'),
  audit: FreeFormSchema.optional().describe('Audit of the API server.'),
  profiling: FreeFormSchema.optional().describe('Profiling of the API server.'),
});
export type ClusterProviderSpec = z.infer<typeof ClusterProviderSpecSchema>;

export const ClusterSpecSchema = z.object({
  clusterNetwork: z
    .object({
      services: z
        .object({ cidrBlocks: z.array(CidrSchema).min(1).describe('Networks of services.') })
        .describe('Addresses of services.'),
      pods: z
        .object({ cidrBlocks: z.array(CidrSchema).min(1).describe('Networks of pods.') })
        .describe('Addresses of pods.'),
      serviceDomain: z.string().optional().describe('DNS domain of services; cluster.local unless given.'),
    })
    .describe('Networks inside the cluster.'),
  providerSpec: z
    .object({
      value: ClusterProviderSpecSchema.optional().describe(
        'A BaremetalClusterProviderSpec. Fields not listed are kept.',
      ),
      valueFrom: FreeFormSchema.optional().describe('Legacy, no effect.'),
    })
    .describe('What the bare metal provider needs to know.'),
});
export type ClusterSpec = z.infer<typeof ClusterSpecSchema>;

export const ClusterStatusSchema = z.object({
  apiEndpoints: z
    .array(z.object({ host: z.string().describe('Address of the API.'), port: z.int().describe('Port of the API.') }))
    .optional()
    .describe('Endpoints of the API.'),
  errorReason: z.string().optional().describe('PascalCase word for a problem that only a change of the spec can cure.'),
  errorMessage: z.string().optional().describe('A sentence about that problem.'),
  providerStatus: ClusterProviderStatusSchema.optional().describe('A BaremetalClusterProviderStatus.'),
  progress: ProgressSchema.optional(),
});
export type ClusterStatus = z.infer<typeof ClusterStatusSchema>;

const releaseOf = (side: 'self' | 'oldSelf') =>
  `(has(${side}.spec.providerSpec.value) && has(${side}.spec.providerSpec.value.release) ? ${side}.spec.providerSpec.value.release : "")`;
const oldStatus = 'oldSelf.status.providerStatus';
const noOldStatus = '!has(oldSelf.status) || !has(oldSelf.status.providerStatus)';

/** `kubectl get clusters`: a Kubernetes cluster on bare metal machines. */
export const ClusterKind = defineKind({
  group: 'cluster.k8s.io',
  version: 'v1alpha1',
  kind: 'Cluster',
  plural: 'clusters',
  scope: 'Namespaced',
  shortNames: ['cl'],
  owner: 'lifecycle-svc',
  description:
    'A Kubernetes cluster on bare metal machines. Its release says which versions of everything it runs; its Machines are bound to it by the label cluster.sigs.k8s.io/cluster-name. The management cluster itself is one too, in namespace default.',
  spec: ClusterSpecSchema,
  status: ClusterStatusSchema,
  columns: [
    {
      name: 'Ready',
      type: 'boolean',
      jsonPath: '.status.providerStatus.ready',
      description: 'Whether all of the cluster is ready',
    },
    {
      name: 'Release',
      type: 'string',
      jsonPath: '.status.providerStatus.releaseRefs.current.version',
      description: 'Version of the release, <cluster>+<mosk>',
    },
    {
      name: 'Requested',
      type: 'integer',
      jsonPath: '.status.providerStatus.nodes.requested',
      description: 'Nodes asked for',
      priority: 1,
    },
    {
      name: 'ReadyNodes',
      type: 'integer',
      jsonPath: '.status.providerStatus.nodes.ready',
      description: 'Nodes ready',
      priority: 1,
    },
    {
      name: 'API',
      type: 'string',
      jsonPath: '.status.providerStatus.loadBalancerHost',
      description: 'Address of the API',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: '',
      rule: `${noOldStatus} || !has(${oldStatus}.maintenance) || !${oldStatus}.maintenance || ${releaseOf('self')} == ${releaseOf('oldSelf')}`,
      message:
        'spec.providerSpec.value.release cannot be changed while the cluster is in maintenance mode: unset spec.providerSpec.value.maintenance first',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: `${noOldStatus} || !has(${oldStatus}.releaseRefs) || !has(${oldStatus}.releaseRefs.available) || ${releaseOf('self')} == ${releaseOf('oldSelf')} || ${oldStatus}.releaseRefs.available.exists(r, has(r.name) && r.name == ${releaseOf('self')})`,
      message:
        'spec.providerSpec.value.release can only be changed to a release listed in status.providerStatus.releaseRefs.available',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: `${noOldStatus} || !has(${oldStatus}.apiServerCertificate) || ${oldStatus}.apiServerCertificate == "" || (self.spec.clusterNetwork.services.cidrBlocks == oldSelf.spec.clusterNetwork.services.cidrBlocks && self.spec.clusterNetwork.pods.cidrBlocks == oldSelf.spec.clusterNetwork.pods.cidrBlocks)`,
      message:
        'spec.clusterNetwork cannot be changed once the Kubernetes API of the cluster has its certificate: the networks are built into the cluster',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    "Column order is READY, RELEASE after the name: operators' scripts read the third column as `<cluster>+<mosk>`, so the controller sets `ready` from the first status write on.",
    'That a release may only be changed to one of `releaseRefs.available` (guess in the reference, downgrades are thereby refused) and that clusterNetwork is fixed once the API has its certificate (as Kubernetes itself demands) are choices.',
    'Both ways of writing conditions of this kind are `{type, ready, message}`.',
  ],
});
export type Cluster = ObjectOf<typeof ClusterKind>;
