import { z } from 'zod';
import { ConditionSchema, FreeFormSchema } from '../../fragments.js';
import { AllowedNodeLabelSchema } from '../../kaas.mirantis.com/v1alpha1/node-label.js';
import { lcmTypes } from '../../lcm.mirantis.com/v1alpha1/state-item.js';

/** Condition types of a Cluster; it is ready when all but RebootMachines are. */
export const clusterConditionTypes = [
  'StackLight',
  'Helm',
  'Kubernetes',
  'Bastion',
  'Nodes',
  'OIDC',
  'LoadBalancer',
  'Ceph',
  'Provider',
  'Deployments',
  'RebootMachines',
  'LCMAgent',
] as const;
export type ClusterConditionType = (typeof clusterConditionTypes)[number];

const ReleaseReferenceSchema = z.looseObject({
  name: z.string().max(253).optional().describe('ClusterRelease by name.'),
  version: z.string().optional().describe('Its version, <cluster>+<mosk>.'),
  namespace: z.string().optional().describe('Legacy.'),
  rebootRequired: z.boolean().optional().describe('Whether machines will be rebooted by an update to it.'),
});

const CurrentReleaseSchema = ReleaseReferenceSchema.extend({
  lcmType: z.enum(lcmTypes).optional().describe('Kubernetes distribution: ucp is MKE.'),
  allowedNodeLabels: z
    .array(AllowedNodeLabelSchema)
    .optional()
    .describe('Labels that machines may ask for on their node.'),
  unsupportedSinceKaaSVersion: z.string().optional().describe('Management release that no longer supports it.'),
});

const ChartStatusSchema = z.looseObject({
  success: z.boolean().optional().describe('Whether it was installed.'),
  status: z.string().optional().describe('Status of the chart.'),
  ready: z.boolean().optional().describe('Whether its workloads are ready.'),
  version: z.string().optional().describe('Version of the chart.'),
});

export const ClusterProviderStatusSchema = z.looseObject({
  apiVersion: z.string().optional().describe('baremetal.k8s.io/v1alpha1'),
  kind: z.string().optional().describe('BaremetalClusterProviderStatus'),
  ready: z.boolean().optional().describe('All conditions but RebootMachines are ready.'),
  conditions: z.array(ConditionSchema).optional().describe('What is ready and what is not.'),
  observedGeneration: z.int().optional().describe('Generation of the spec the status speaks of.'),
  maintenance: z.boolean().optional().describe('Whether the cluster is in maintenance.'),
  nodes: z
    .looseObject({
      requested: z.int().optional().describe('Machines of the cluster that are not disabled.'),
      ready: z.int().optional().describe('Machines that are ready.'),
      disabled: z.int().optional().describe('Machines taken out of the life cycle.'),
    })
    .optional()
    .describe('Machines of the cluster.'),
  releaseRefs: z
    .looseObject({
      current: CurrentReleaseSchema.optional().describe('The release in use.'),
      previous: CurrentReleaseSchema.optional().describe('The release before.'),
      available: z.array(ReleaseReferenceSchema).max(128).optional().describe('Releases it can be updated to.'),
    })
    .optional()
    .describe('Releases.'),
  loadBalancerHost: z.string().optional().describe('Address of the API.'),
  loadBalancerStatus: z
    .looseObject({
      id: z.string().optional().describe('Load balancer.'),
      ready: z.boolean().optional().describe('Whether it answers.'),
      status: z.string().optional().describe('What it says of itself.'),
    })
    .optional()
    .describe('The load balancer of the API.'),
  apiServerCertificate: z.string().optional().describe('CA certificate of the API, base64.'),
  helm: z
    .looseObject({
      ready: z.boolean().optional().describe('Whether all charts are ready.'),
      releases: z.record(z.string(), ChartStatusSchema).optional().describe('Charts by name.'),
    })
    .optional()
    .describe('Charts of the cluster.'),
  persistentVolumesProviderProvisioned: z
    .boolean()
    .optional()
    .describe('Whether there is a provider of persistent volumes.'),
  notReadyObjects: z
    .looseObject({
      services: z.array(FreeFormSchema).optional().describe('Services without endpoints.'),
      deployments: z.array(FreeFormSchema).optional().describe('Deployments with missing replicas.'),
      statefulSets: z.array(FreeFormSchema).optional().describe('StatefulSets with missing replicas.'),
      daemonSets: z.array(FreeFormSchema).optional().describe('DaemonSets with missing replicas.'),
    })
    .optional()
    .describe('What is not ready in the cluster.'),
  ceph: z
    .looseObject({
      ready: z.boolean().optional().describe('Whether Ceph is well.'),
      message: z.string().optional().describe('What is not.'),
    })
    .optional()
    .describe('Ceph of the cluster.'),
  oidc: z
    .looseObject({
      ready: z.boolean().optional().describe('Whether it is configured.'),
      issuerUrl: z.string().optional().describe('URL of the issuer.'),
      clientId: z.string().optional().describe('Client.'),
      groupsClaim: z.string().optional().describe('Claim that holds the groups.'),
      certificate: z.string().optional().describe('CA certificate of the issuer, base64.'),
    })
    .optional()
    .describe('How users are authenticated.'),
  oidcSettingsHash: z.string().optional().describe('Hash of the OIDC settings in use.'),
  ucpDashboard: z.string().optional().describe('URL of the dashboard of the Kubernetes distribution.'),
  mke: z
    .looseObject({ clusterID: z.string().optional().describe('Id of the MKE cluster.') })
    .optional()
    .describe('MKE.'),
  tls: z
    .record(
      z.string(),
      z.looseObject({
        expirationTime: z.string().optional().describe('When the certificate ends.'),
        renewalTime: z.string().optional().describe('When it is renewed.'),
        hostname: z.string().optional().describe('Name it is for.'),
      }),
    )
    .optional()
    .describe('Certificates by application.'),
  bootstrapStatus: FreeFormSchema.optional().describe('Bootstrap of the management cluster.'),
});
export type ClusterProviderStatus = z.infer<typeof ClusterProviderStatusSchema>;
