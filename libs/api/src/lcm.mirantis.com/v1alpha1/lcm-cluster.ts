import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { ComponentsSchema, LcmImagesSchema, MachineTypesSchema, lcmTypes } from './state-item.js';

export const EndpointSchema = z.object({
  host: z.string().optional().describe('Address or name of the API.'),
  port: z.int().min(1).max(65535).optional().describe('Port of the API.'),
});
export type Endpoint = z.infer<typeof EndpointSchema>;

export const LcmOidcSchema = z.object({
  url: z.string().describe('URL of the issuer.'),
  caCert: z.string().describe('CA certificate of the issuer.'),
  clientID: z.string().describe('Client.'),
  adminRole: z.string().describe('Role of administrators.'),
  groupsClaim: z.string().describe('Claim that holds the groups.'),
});

export const LCMClusterSpecSchema = z.object({
  machineTypes: MachineTypesSchema.optional().describe('State items of the release by type of machine.'),
  components: ComponentsSchema.optional().describe('Components that are upgraded apart from the items.'),
  externalEndpoint: EndpointSchema.optional().describe('The API of the cluster.'),
  managementClusterEndpoint: EndpointSchema.optional().describe(
    'The API of the management cluster, as nodes reach it.',
  ),
  tokenTTL: z.string().default('24h').describe('Life of tokens of agents, a Go duration.'),
  minTokenRemainingTTL: z.string().default('1h').describe('A token with less to live is renewed, a Go duration.'),
  dedicatedControlPlane: z.boolean().optional().describe('Whether control-plane nodes are tainted.'),
  maxWorkerPrepareCount: z.int().min(0).optional().describe('Workers in Prepare at once; 0 is no limit.'),
  maxWorkerUpgradeCount: z.int().min(1).default(1).describe('Workers upgraded at once.'),
  nodesRebootRequired: z.boolean().optional().describe('Whether nodes must be rebooted after the update.'),
  oidc: LcmOidcSchema.optional().describe('How users of the cluster are authenticated.'),
  release: z.string().optional().describe('Version of the cluster release.'),
  mcrVersion: z.string().optional().describe('Version of the container runtime.'),
  proxyHash: z.string().optional().describe('Hash of the proxy settings.'),
  maintenance: z.boolean().optional().describe('Whether the cluster should be in maintenance.'),
  lcmType: z.enum(lcmTypes).optional().describe('Kubernetes distribution: ucp is MKE.'),
  agentVesrion: z.string().optional().describe('Version of the agent. The spelling is that of the wire.'),
  mkeUpgradeAttempts: z.int().min(1).default(5).describe('How often an upgrade of the distribution is tried.'),
  images: LcmImagesSchema.optional().describe('Images for the cluster.'),
  deploymentSecretName: z.string().optional().describe('Secret used for deployment.'),
  kubeconfigSecretName: z.string().optional().describe("Secret with the cluster's kubeconfig."),
  proxySecretName: z.string().optional().describe('Secret with proxy settings.'),
  agentDataSecretName: z.string().optional().describe('Secret with data from agents.'),
  helmControllerHAEnabled: z.boolean().optional().describe('Whether the Helm controller has several replicas.'),
  helmControllerServiceAccountName: z.string().optional().describe('Service account of the Helm controller.'),
  helmControllerFromExternalChart: z
    .boolean()
    .optional()
    .describe('Whether the Helm controller comes from its own chart.'),
  k0sConfig: z.looseObject({}).optional().describe('Configuration of k0s.'),
});
export type LCMClusterSpec = z.infer<typeof LCMClusterSpecSchema>;

export const LCMClusterStatusSchema = z.object({
  requestedNodes: z.int().optional().describe('Nodes asked for.'),
  readyNodes: z.int().optional().describe('Nodes ready.'),
  helmControllerDeployed: z.boolean().optional().describe('Whether the Helm controller is installed.'),
  components: ComponentsSchema.optional().describe('Versions in use.'),
  oidc: LcmOidcSchema.partial().optional().describe('OIDC settings in use.'),
  release: z.string().optional().describe('Release in use.'),
  mcrVersion: z.string().optional().describe('Container runtime in use.'),
  proxyHash: z.string().optional().describe('Proxy settings in use.'),
  maintenance: z.boolean().optional().describe('Whether the cluster is in maintenance.'),
  lcmOperationStuck: z.boolean().optional().describe('Whether an operation does not get on.'),
  lcmOperationStuckMessage: z.string().optional().describe('Which one and why.'),
  phase: z.string().optional().describe('Where the cluster stands, in a word.'),
  progress: ProgressSchema.optional(),
});
export type LCMClusterStatus = z.infer<typeof LCMClusterStatusSchema>;

/** `kubectl get lcmclusters`: the installation of Kubernetes on a cluster's machines. */
export const LCMClusterKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'LCMCluster',
  plural: 'lcmclusters',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'The installation of Kubernetes on the machines of a Cluster of the same name: the state items of its release and the endpoint of its API. Made by the controller.',
  spec: LCMClusterSpecSchema,
  status: LCMClusterStatusSchema,
  columns: [
    { name: 'requested', type: 'integer', jsonPath: '.status.requestedNodes', description: 'Requested Nodes' },
    { name: 'ready', type: 'integer', jsonPath: '.status.readyNodes', description: 'Ready Nodes' },
    {
      name: 'helmCtlDeployed',
      type: 'boolean',
      jsonPath: '.status.helmControllerDeployed',
      description: 'Helm Ctl Deployed',
    },
  ],
  notes: ['Spellings such as `agentVesrion` are those of the wire.', '`status.phase` is Keelson’s.'],
});
export type LCMCluster = ObjectOf<typeof LCMClusterKind>;
