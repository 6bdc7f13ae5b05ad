import { z } from 'zod';
import { FreeFormSchema, QuantitySchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

/** Versions of OpenSDN that can be deployed, the oldest first. */
export const tfVersions = ['21.4', '24.1'] as const;
export type TfVersion = (typeof tfVersions)[number];

export const tfOperatorStates = ['Pending', 'Deploying', 'Ready', 'Failed', 'Deleting'] as const;
export type TfOperatorState = (typeof tfOperatorStates)[number];

const variable = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .describe('Name of the variable.'),
  value: z.string().describe('Its value.'),
});
const amounts = z.record(z.string(), QuantitySchema).optional();
const ResourcesSchema = z.object({ limits: amounts.describe('At most.'), requests: amounts.describe('At least.') });
const environments = z
  .record(z.string(), z.object({ env: z.array(variable).optional().describe('Variables.') }))
  .optional()
  .describe('Variables by container, such as `agent`, `api` or `control`.');

/** What every service of OpenSDN can be given. */
export const TfServiceSchema = z.object({
  envSettings: environments,
  resources: z.record(z.string(), ResourcesSchema).optional().describe('Processor and memory by container.'),
  logging: z
    .object({
      level: z
        .enum(['SYS_EMERG', 'SYS_ALERT', 'SYS_CRIT', 'SYS_ERR', 'SYS_WARN', 'SYS_NOTICE', 'SYS_INFO', 'SYS_DEBUG'])
        .optional()
        .describe('The least that is logged.'),
    })
    .optional()
    .describe('Logs.'),
});
export type TfService = z.infer<typeof TfServiceSchema>;

const service = (what: string) => TfServiceSchema.optional().describe(what);

const CassandraSchema = z.object({
  resources: ResourcesSchema.optional().describe(
    'Processor and memory of a member; 1 to 8 and 16Gi to 32Gi unless given. The heap is a quarter of the memory, 8 GiB at most.',
  ),
  configOptions: FreeFormSchema.optional().describe(
    'Options of cassandra.yaml by name, such as `file_cache_size_in_mb`.',
  ),
});
export type TfCassandra = z.infer<typeof CassandraSchema>;

const seconds = (most: number, what: string) => z.int().min(0).max(most).optional().describe(what);
const GracefulRestartSchema = z.object({
  enabled: z.boolean().default(false).describe('Whether control nodes keep routes of peers that restart.'),
  bgpHelperEnabled: z.boolean().optional().describe('Helps BGP peers.'),
  xmppHelperEnabled: z.boolean().optional().describe('Helps vRouters.'),
  restartTime: seconds(4095, 'How long a peer may be away, in seconds; 300 unless given.'),
  llgrRestartTime: seconds(16_777_215, 'How long for a long-lived graceful restart, in seconds; 300 unless given.'),
  endOfRibTimeout: seconds(4095, 'How long the end of its routes is awaited, in seconds; 300 unless given.'),
});
export type TfGracefulRestart = z.infer<typeof GracefulRestartSchema>;

const NodeGroupSchema = z.object({
  labels: z
    .object({
      name: z.string().min(1).describe('Name of the label.'),
      value: z.string().describe('Value of the label.'),
    })
    .describe('Which nodes.'),
  nodeVRouter: z
    .object({
      enabled: z.boolean().default(true).describe('Whether these nodes have a vRouter of their own settings.'),
      envSettings: environments,
    })
    .optional()
    .describe('The vRouter of these nodes.'),
});
export type TfNodeGroup = z.infer<typeof NodeGroupSchema>;

const FeaturesSchema = z.object({
  config: z
    .object({
      bgpAsn: z.int().min(1).max(4_294_967_295).optional().describe('Autonomous system of the control nodes.'),
      encapPriority: z
        .string()
        .regex(/^(MPLSoUDP|MPLSoGRE|VXLAN)(,(MPLSoUDP|MPLSoGRE|VXLAN)){0,2}$/)
        .optional()
        .describe('Encapsulations in the order of preference, such as `MPLSoUDP,MPLSoGRE,VXLAN`.'),
      netnsAZ: z
        .string()
        .min(1)
        .optional()
        .describe('Availability zone of Nova for load balancers and SNAT that are made of instances.'),
    })
    .optional()
    .describe('The configuration API.'),
  control: z
    .object({
      controlInterface: z.string().min(1).optional().describe('Interface of BGP and XMPP.'),
      enableDNSExternal: z
        .boolean()
        .optional()
        .describe(
          'Whether names of instances are served to the outside by the Service tf-control-dns-external; so unless false.',
        ),
      gracefulRestart: GracefulRestartSchema.optional().describe(
        'Graceful restart of BGP and XMPP. It is in the database: without this block what was set last stays.',
      ),
    })
    .optional()
    .describe('Control nodes.'),
  cassandra: z
    .object({ replicas: z.int().min(1).optional().describe('Members; three or more survive the loss of one.') })
    .optional()
    .describe('The database.'),
  dbBackup: z
    .object({
      enabled: z.boolean().default(false).describe('Whether the databases are dumped by schedule.'),
      schedule: z
        .string()
        .regex(/^(\S+\s+){4}\S+$/)
        .default('0 1 * * 0')
        .describe('When, as five fields of cron.'),
      dataCapacity: QuantitySchema.optional().describe('Size of the volume of the dumps; 30Gi unless given.'),
      storageClass: z.string().min(1).optional().describe('Its storage class; dataStorageClass unless given.'),
      storedBackups: z.int().min(1).optional().describe('How many dumps are kept; 5 unless given.'),
      suspend: z.boolean().optional().describe('Whether no dumps are made for the time being.'),
      backupType: z
        .enum(['pvc', 'pv_nfs'])
        .optional()
        .describe('Whether dumps are in a claim, as unless given, or on a share.'),
      nfsOptions: z
        .object({
          server: z.string().min(1).describe('Name or address of the server.'),
          path: z.string().regex(/^\//).describe('The share.'),
        })
        .optional()
        .describe('The share, with pv_nfs.'),
    })
    .optional()
    .describe('Dumps of the databases.'),
  dbRestoreMode: z
    .object({
      enabled: z
        .boolean()
        .default(false)
        .describe('Whether all that writes to the databases stands still and they are restored from a dump.'),
      dbDumpName: z.string().min(1).optional().describe('Name of the dump; the newest unless given.'),
    })
    .optional()
    .describe('Restoring the databases. Switched off again by the operator when it is done.'),
  imagePreCaching: z
    .boolean()
    .optional()
    .describe('Whether images are pulled on all nodes before pods are replaced; so unless false.'),
  vRouter: z
    .object({ vRouterGateway: z.string().min(1).optional().describe('Gateway of the tunnel network.') })
    .optional()
    .describe('vRouters.'),
});

const RolloutSchema = z.object({
  of: z.string().describe('Digest of what is put in place, without Secrets.'),
  ready: z.int().describe('Pods that have run it at the same time, at most so far.'),
  wanted: z.int().describe('Pods that are to run it.'),
  advancedAt: z.string().describe('When there was one more; the deadline of Deploying counts from then.'),
});
export type TfRollout = z.infer<typeof RolloutSchema>;

/** `kubectl get tfoperator`: OpenSDN in a MOSK cluster. */
export const TFOperatorKind = defineKind({
  group: 'tf.mirantis.com',
  version: 'v2',
  kind: 'TFOperator',
  plural: 'tfoperators',
  scope: 'Namespaced',
  owner: 'sdn-svc',
  shortNames: ['tfop'],
  description:
    'OpenSDN (Tungsten Fabric) in a MOSK cluster: control plane, analytics, web console, and a vRouter on every compute node. Exchanges its data with the OpenStackDeployment by the Secrets tf-data and ost-data.',
  spec: z.object({
    tfVersion: z.enum(tfVersions).default('24.1').describe('Version of OpenSDN.'),
    dataStorageClass: z
      .string()
      .min(1)
      .default('tungstenfabric-operator-bind-mounts')
      .describe('Storage class of the databases.'),
    devOptions: z
      .object({
        cassandraDriver: z.enum(['cql', 'thrift']).optional().describe('How services speak to the database.'),
        globalRegistry: z.string().min(1).optional().describe('Registry of all images.'),
        imageList: z.record(z.string(), z.string()).optional().describe('Images by container.'),
        tools: z
          .object({ enabled: z.boolean().default(false).describe('Whether they run.') })
          .optional()
          .describe('Pods with the clients of OpenSDN, beside the configuration API and beside vRouters.'),
        tfImageTag: z.string().min(1).optional().describe('Tag of the images, in place of that of the version.'),
      })
      .optional()
      .describe('For developers.'),
    features: FeaturesSchema.optional().describe('Features.'),
    nodes: z
      .record(z.string(), NodeGroupSchema)
      .optional()
      .describe('Settings of groups of nodes, by name of the group.'),
    services: z
      .object({
        analytics: TfServiceSchema.extend({
          enabled: z
            .boolean()
            .optional()
            .describe('Whether it runs; on nodes with `tfanalytics=enabled`, where there are any, unless false.'),
          cassandra: CassandraSchema.optional().describe('Its database.'),
        })
          .optional()
          .describe('Analytics.'),
        config: TfServiceSchema.extend({ cassandra: CassandraSchema.optional().describe('The database.') })
          .optional()
          .describe(
            'Configuration API, schema transformer, service monitor, device manager. `AAA_MODE` of the container `api` says whom the APIs let in, administrators unless given.',
          ),
        control: service('Control nodes: BGP, XMPP and DNS.'),
        vRouter: TfServiceSchema.extend({
          agentDPDK: z
            .object({ enabled: z.boolean().default(false).describe('Whether they are.') })
            .optional()
            .describe('vRouters in user space; refused.'),
        })
          .optional()
          .describe('Agents on compute nodes.'),
        webUI: service('Web console.'),
      })
      .optional()
      .describe('Settings by service.'),
  }),
  status: z.object({
    state: z.enum(tfOperatorStates).optional().describe('How far it is.'),
    health: z.string().optional().describe('Ready services of all, such as 5/5.'),
    services: z
      .record(
        z.string(),
        z.object({
          ready: z.boolean().describe('All its pods are ready.'),
          message: z.string().optional().describe('What is missing.'),
        }),
      )
      .optional()
      .describe('Services.'),
    rollout: RolloutSchema.optional().describe('How far what was rendered last has come.'),
    tfVersion: z.string().optional().describe('Version that runs.'),
    warnings: z.array(z.string()).optional().describe('What of the spec changes nothing, and why.'),
    release: z.string().optional().describe('Cluster release whose images it has, <cluster>+<mosk>.'),
    progress: ProgressSchema.optional().describe('What it waits for.'),
  }),
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.status.tfVersion', description: 'Version that runs' },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'How far it is' },
    { name: 'Health', type: 'string', jsonPath: '.status.health', description: 'Ready services of all' },
    { name: 'MOSK Release', type: 'string', jsonPath: '.status.release', description: 'Cluster release' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: '!has(self.devOptions) || !has(self.devOptions.tfImageTag) || self.devOptions.tfImageTag.startsWith(self.tfVersion)',
      message:
        'spec.devOptions.tfImageTag must be a tag of tfVersion: take the tag out, or name the version it belongs to',
      fieldPath: '.devOptions.tfImageTag',
    },
    {
      at: 'spec.features.dbBackup',
      rule: '!has(self.backupType) || self.backupType != "pv_nfs" || has(self.nfsOptions)',
      message: 'spec.features.dbBackup.nfsOptions must name the share when backupType is pv_nfs',
      fieldPath: '.nfsOptions',
    },
    {
      at: 'spec.services.vRouter.agentDPDK',
      rule: '!self.enabled',
      message:
        'spec.services.vRouter.agentDPDK cannot be enabled: OpenSDN has no vRouters in user space here; those of the kernel run on every node, so take it out',
      fieldPath: '.enabled',
    },
    {
      at: 'spec.features',
      rule: '!has(self.dbRestoreMode) || !self.dbRestoreMode.enabled || (has(self.dbBackup) && self.dbBackup.enabled)',
      message: 'spec.features.dbRestoreMode needs spec.features.dbBackup: dumps are on its volume',
      fieldPath: '.dbRestoreMode',
    },
    {
      at: '',
      rule: 'self.spec.dataStorageClass == oldSelf.spec.dataStorageClass || !has(oldSelf.status) || (!has(oldSelf.status.rollout) && !has(oldSelf.status.tfVersion))',
      message:
        'spec.dataStorageClass cannot change once OpenSDN is deployed: the databases are in volumes of that class',
      fieldPath: '.spec.dataStorageClass',
    },
  ],
  notes: [
    'Features are shaped as the documents describe them, where they do: control.enableDNSExternal and gracefulRestart, config.netnsAZ, imagePreCaching, dbBackup, dbRestoreMode, and cassandra of services. config.bgpAsn, config.encapPriority, features.cassandra, and the value pvc of backupType are choices.',
    'Not known by name, and therefore refused as fields that there are not: the control of spoof checks of SR-IOV, and VPNv4 of 26.2.',
    'State, health, services and warnings in the status are a choice.',
  ],
});
export type TFOperator = ObjectOf<typeof TFOperatorKind>;
