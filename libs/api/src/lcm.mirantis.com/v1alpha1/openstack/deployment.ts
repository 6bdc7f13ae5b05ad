import { z } from 'zod';
import { FreeFormSchema } from '../../../fragments.js';
import { defineKind, type ObjectOf } from '../../../kind.js';
import { ProgressSchema } from '../../../progress.js';
import { deploymentRules } from './deployment-rules.js';
import { AllocationRatiosSchema, NovaImagesSchema } from './features-compute.js';
import { NodeNeutronSchema } from './features-network.js';
import { FeaturesSchema } from './features.js';
import { openstackPresets, openstackSizes, openstackVersions } from './values.js';

const chartGroup = z.object({
  values: FreeFormSchema.optional().describe('Values for all charts of the group.'),
  releases: z
    .object({
      values: FreeFormSchema.optional().describe('Values for all charts of the group.'),
      version: z.string().optional().describe('Version of the charts.'),
    })
    .optional()
    .describe('Charts of the group.'),
  repo: z.string().optional().describe('Repository by name.'),
  repositories: z
    .array(z.object({ name: z.string().describe('Name.'), url: z.string().describe('URL.') }))
    .optional()
    .describe('Repositories.'),
});

/** What nodes may have of their own. */
export const NodeOverrideSchema = z.object({
  features: z
    .object({
      nova: z
        .object({
          allocation_ratios: AllocationRatiosSchema.optional().describe('How much is promised of what there is.'),
          live_migration_interface: z.string().optional().describe('Interface that live migration goes over.'),
          vcpu_type: z.string().optional().describe('CPU model of guests.'),
          images: NovaImagesSchema.optional().describe('Disks of instances.'),
        })
        .optional()
        .describe('Compute.'),
      neutron: NodeNeutronSchema.optional().describe('Networking.'),
      cinder: z
        .object({
          volume: z
            .object({
              backends: z
                .record(
                  z.string(),
                  z.object({
                    lvm: z
                      .object({ volume_group: z.string().optional().describe('Volume group.') })
                      .optional()
                      .describe('LVM.'),
                  }),
                )
                .optional()
                .describe('Back ends by name.'),
            })
            .optional()
            .describe('Volumes.'),
        })
        .optional()
        .describe('Volumes.'),
    })
    .optional()
    .describe('Features of these nodes.'),
  services: z
    .record(z.string(), z.record(z.string(), FreeFormSchema))
    .optional()
    .describe('Values of DaemonSets, by service and chart.'),
});
export type NodeOverride = z.infer<typeof NodeOverrideSchema>;

const readiness = z
  .object({
    timeout: z.int().min(1).default(1200).describe('Seconds until it counts as failed.'),
    delay: z.int().min(0).default(10).describe('Seconds between looks.'),
  })
  .optional()
  .describe('Wait for the workloads of a project.');

export const OpenStackDeploymentSpecSchema = z.object({
  draft: z.boolean().default(false).describe('Render nothing and apply nothing.'),
  artifacts: z
    .object({
      images_base_url: z.string().optional().describe('Registry of images.'),
      binary_base_url: z.string().optional().describe('URL of other files.'),
    })
    .optional()
    .describe('Where images and files come from.'),
  region_name: z.string().min(1).optional().describe('Region; RegionOne unless given.'),
  openstack_version: z.enum(openstackVersions).describe('Release of OpenStack. Changing it starts an upgrade.'),
  preset: z.enum(openstackPresets).describe('Set of services.'),
  size: z
    .enum(openstackSizes)
    .describe(
      'single: all in one; tiny: 3 controllers and fewer than 10 computes; small: up to 50; medium: up to 100.',
    ),
  public_domain_name: z.string().min(1).default('it.just.works').describe('Domain of public endpoints.'),
  internal_domain_name: z.string().default('cluster.local').describe('Domain of Kubernetes services.'),
  local_volume_storage_class: z
    .string()
    .default('openstack-operator-bind-mounts')
    .describe('Storage class of MariaDB, etcd and Redis.'),
  persistent_volume_storage_class: z.string().optional().describe('Storage class of backups and other kept data.'),
  common: z
    .object({
      charts: chartGroup.optional().describe('All charts.'),
      infra: chartGroup.optional().describe('Infrastructure charts.'),
      openstack: chartGroup.optional().describe('OpenStack charts.'),
    })
    .optional()
    .describe('Values for groups of charts.'),
  nodes: z.record(z.string().min(1), NodeOverrideSchema).optional().describe('Overrides for nodes, by `label::value`.'),
  features: FeaturesSchema.describe('What the cloud can do.'),
  migration: z
    .looseObject({
      ingress: z
        .object({ state: z.string().optional().describe('absent or present.') })
        .optional()
        .describe('Move from ingress to application gateway.'),
    })
    .optional()
    .describe('Moves from one way of doing things to another.'),
  services: z
    .record(z.string(), FreeFormSchema)
    .optional()
    .describe('Raw values, by service and chart. Not validated.'),
  timeouts: z
    .object({
      application_readiness: z
        .object({ nova: readiness, neutron: readiness })
        .optional()
        .describe('Waits for workloads.'),
    })
    .optional()
    .describe('How long is waited.'),
});
export type OpenStackDeploymentSpec = z.infer<typeof OpenStackDeploymentSpecSchema>;

const rotation = z.object({ rotation_id: z.int().optional().describe('Raise it by 1 to rotate.') }).optional();

export const OpenStackDeploymentStatusBlockSchema = z.object({
  state: z
    .string()
    .optional()
    .describe('DRAFT, APPLYING, APPLIED, FAILED or DELETING; as in the OpenStackDeploymentStatus.'),
  version: z.string().optional().describe('Release of the controller that wrote this.'),
  openstack_version: z
    .string()
    .optional()
    .describe(
      'Release of OpenStack that all services have; absent once one has begun to go to another. Until then the spec may be set back to it.',
    ),
  fingerprint: z.string().optional().describe('Digest of the spec in work or applied.'),
  credentials: z
    .object({
      admin: rotation.describe('Account of the administrator.'),
      service: rotation.describe('Accounts of services.'),
    })
    .optional()
    .describe('Rotation of credentials.'),
  certificates: z
    .object({
      octavia: z
        .object({
          amphora: rotation.describe(
            'Authorities of amphorae and of their clients: load balancers are failed over one after the other.',
          ),
        })
        .optional()
        .describe('Load balancers.'),
    })
    .optional()
    .describe('Rotation of certificates.'),
  watched: z
    .record(z.string(), z.record(z.string(), z.object({ hash: z.string().optional().describe('Digest.') })))
    .optional()
    .describe('Digests of watched Secrets and ConfigMaps, by who they come from.'),
  progress: ProgressSchema.optional(),
});

/** `kubectl get osdpl`: an OpenStack cloud. */
export const OpenStackDeploymentKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'OpenStackDeployment',
  plural: 'openstackdeployments',
  scope: 'Namespaced',
  shortNames: ['osdpl'],
  categories: ['keelson', 'all'],
  owner: 'openstack-svc',
  description:
    'An OpenStack cloud in this Kubernetes cluster: which release, which services, how large, and what differs from the preset. One in a cluster. How far it got is in the OpenStackDeploymentStatus of the same name.',
  spec: OpenStackDeploymentSpecSchema,
  status: OpenStackDeploymentStatusBlockSchema,
  columns: [
    { name: 'OpenStack', type: 'string', jsonPath: '.spec.openstack_version', description: 'Release of OpenStack' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Draft', type: 'boolean', jsonPath: '.spec.draft', description: 'Nothing is applied' },
  ],
  rules: deploymentRules,
  notes: [
    '`status.state` and `status.progress` are Keelson’s: rules on changes read the state from there.',
    'Fields that take text or `value_from` are not typed by the schema; the service says which one is neither.',
    'Objects whose members the reference does not list in full keep unknown members.',
  ],
});
export type OpenStackDeployment = ObjectOf<typeof OpenStackDeploymentKind>;
