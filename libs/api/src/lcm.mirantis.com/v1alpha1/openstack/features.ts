import { z } from 'zod';
import {
  CinderFeaturesSchema,
  GlanceFeaturesSchema,
  LoggingFeaturesSchema,
  ManilaFeaturesSchema,
  NovaFeaturesSchema,
} from './features-compute.js';
import { IronicFeaturesSchema, NeutronFeaturesSchema, OctaviaFeaturesSchema } from './features-network.js';
import { openstackServices, TextOrSecretSchema } from './values.js';

const enabled = z.boolean().optional().describe('Whether it is used.');
const free = (what: string) => z.looseObject({}).optional().describe(what);

/** Projects whose databases can be cleaned of deleted rows, and when unless told otherwise. */
export const cleanupSchedules = {
  cinder: '1 0 * * 1',
  nova: '1 1 * * 1',
  glance: '1 2 * * 1',
  masakari: '1 3 * * 1',
  barbican: '1 4 * * 1',
  heat: '1 5 * * 1',
  aodh: '1 6 * * 1',
  manila: '1 7 * * 1',
  horizon: '1 8 * * 1',
} as const;

/** Longer than any schedule of use; rules match schedules against a pattern, which costs by length. */
const longestSchedule = 128;

const cleanup = z
  .object({
    enabled,
    schedule: z.string().max(longestSchedule).optional().describe('Cron schedule.'),
    age: z.int().min(0).default(30).describe('Days that deleted rows are kept.'),
    batch: z.int().min(1).optional().describe('Rows at once.'),
  })
  .optional()
  .describe('Removal of deleted rows.');

const DatabaseFeaturesSchema = z.object({
  cleanup: z
    .object(Object.fromEntries(Object.keys(cleanupSchedules).map((project) => [project, cleanup])))
    .optional()
    .describe('Removal of deleted rows, by project.'),
  backup: z
    .object({
      enabled,
      schedule_time: z.string().max(longestSchedule).default('0 1 * * *').describe('Cron schedule.'),
      backup_type: z.enum(['full', 'incremental']).optional().describe('What is made.'),
      backups_to_keep: z.int().min(1).optional().describe('How many are kept.'),
      full_backup_cycle: z.int().min(60).optional().describe('Seconds between full backups.'),
      backend: z.enum(['pvc', 'pv_nfs', 'hostpath']).default('pvc').describe('Where they are kept.'),
      pv_nfs: z
        .object({
          server: z.string().optional().describe('NFS server.'),
          path: z.string().optional().describe('Path on it.'),
        })
        .optional()
        .describe('For backend pv_nfs.'),
      sync_remote: z
        .object({
          enabled,
          remotes: z
            .record(
              z.string(),
              z.object({
                path: z.string().describe('Path there.'),
                conf: z.looseObject({}).describe('Settings of the remote.'),
              }),
            )
            .optional()
            .describe('Remote stores by name.'),
        })
        .optional()
        .describe('Copies elsewhere.'),
      encryption: z.object({ enabled }).optional().describe('Encryption of backups.'),
    })
    .optional()
    .describe('Backup of the database.'),
  local_volumes: z.object({ enabled }).optional().describe('Data on volumes of the nodes.'),
});

const KeystoneFeaturesSchema = z.object({
  users: z
    .looseObject({
      admin: z
        .looseObject({
          project_name: z
            .string()
            .min(1)
            .optional()
            .describe('Project that the administrator is in; admin unless given.'),
        })
        .optional()
        .describe('The administrator.'),
    })
    .optional()
    .describe('Accounts made with the cloud.'),
  federation: z
    .object({
      openid: z
        .looseObject({
          enabled,
          oidc: free('Settings of the module.'),
          oidc_auth_type: z.enum(['oauth20', 'oauth2']).optional().describe('How bearer tokens are checked.'),
          providers: z.record(z.string(), z.looseObject({})).optional().describe('Identity providers by name.'),
        })
        .optional()
        .describe('OpenID Connect.'),
    })
    .optional()
    .describe('Federated identity.'),
  keycloak: z
    .object({
      enabled,
      url: z.string().optional().describe('URL of Keycloak.'),
      oidc: free('Settings of the client.'),
    })
    .optional()
    .describe('Identity from the management cluster.'),
  domain_specific_configuration: z
    .looseObject({ enabled, ks_domains: free('Settings by domain.') })
    .optional()
    .describe('Identity back ends by domain.'),
});

const SslFeaturesSchema = z.object({
  tls_proxy: z
    .object({ enabled: z.boolean().default(true).describe('TLS inside the cluster.') })
    .optional()
    .describe('Proxy beside the API servers.'),
  public_endpoints: z
    .object({
      ca_cert: TextOrSecretSchema.optional().describe('Certificate of the authority, PEM.'),
      api_cert: TextOrSecretSchema.optional().describe('Certificate of the endpoints, PEM.'),
      api_key: TextOrSecretSchema.optional().describe('Its key, PEM, not encrypted.'),
    })
    .optional()
    .describe('TLS of public endpoints.'),
});

export const FeaturesSchema = z.object({
  services: z.array(z.enum(openstackServices)).max(64).optional().describe('Services beside those of the preset.'),
  network_policies: z
    .object({ enabled })
    .optional()
    .describe('Network policies of Kubernetes; on by default from yoga.'),
  policies: z
    .looseObject({ strict_admin: z.object({ enabled }).optional().describe('Administrators of a project only.') })
    .optional()
    .describe('Policy rules by project.'),
  glance: GlanceFeaturesSchema.optional().describe('Images.'),
  database: DatabaseFeaturesSchema.optional().describe('MariaDB.'),
  telemetry: z
    .object({ mode: z.enum(['autoscaling']).optional().describe('What it is used for.') })
    .optional()
    .describe('Telemetry.'),
  designate: z
    .object({
      backend: z
        .object({
          type: z.enum(['powerdns']).default('powerdns').describe('Name server.'),
          protocol: z.enum(['udp', 'tcp', 'tcp+udp']).default('udp').describe('Protocols served.'),
          external_ip: z.string().optional().describe('Address of the name server.'),
        })
        .optional()
        .describe('Name server.'),
    })
    .optional()
    .describe('DNS.'),
  ssl: SslFeaturesSchema.optional().describe('TLS.'),
  barbican: z
    .object({
      backends: z
        .object({
          vault: z
            .object({
              enabled,
              approle_role_id: TextOrSecretSchema.optional().describe('Role.'),
              approle_secret_id: TextOrSecretSchema.optional().describe('Secret of the role.'),
              vault_url: z.string().optional().describe('URL.'),
              namespace: z.string().optional().describe('Namespace in Vault.'),
              kv_mountpoint: z.string().optional().describe('Mount point.'),
              use_ssl: z.boolean().optional().describe('TLS.'),
              ssl_ca_crt_file: TextOrSecretSchema.optional().describe('Certificate of its authority, PEM.'),
            })
            .optional()
            .describe('HashiCorp Vault.'),
        })
        .optional()
        .describe('Where secrets are kept.'),
    })
    .optional()
    .describe('Secrets of tenants.'),
  nova: NovaFeaturesSchema.describe('Compute.'),
  horizon: z
    .object({
      default_theme: z.string().optional().describe('Theme by name.'),
      themes: z
        .array(z.looseObject({ name: z.string().describe('Name.') }))
        .optional()
        .describe('Themes.'),
      motd: z.record(z.string(), z.looseObject({})).optional().describe('Messages of the day by id.'),
    })
    .optional()
    .describe('Dashboard.'),
  keystone: KeystoneFeaturesSchema.optional().describe('Identity.'),
  neutron: NeutronFeaturesSchema.describe('Networking.'),
  messaging: z
    .object({
      components_with_dedicated_messaging: z
        .array(z.enum(['compute', 'networking']))
        .optional()
        .describe('Services with a message bus of their own.'),
      notifications: z
        .object({
          external: z
            .object({ enabled, topics: z.array(z.string()).optional().describe('Topics.') })
            .optional()
            .describe('Notifications for listeners outside.'),
        })
        .optional()
        .describe('Notifications.'),
    })
    .optional()
    .describe('RabbitMQ.'),
  ironic: IronicFeaturesSchema.optional().describe('Bare metal instances.'),
  octavia: OctaviaFeaturesSchema.optional().describe('Load balancers.'),
  stacklight: z
    .looseObject({ enabled, user: free('No longer used.') })
    .optional()
    .describe('Monitoring of the cloud.'),
  cinder: CinderFeaturesSchema.optional().describe('Volumes.'),
  manila: ManilaFeaturesSchema.optional().describe('Shared file systems.'),
  masakari: z
    .object({
      monitors: z
        .object({
          introspective: z
            .object({
              enabled: z.boolean().default(false).describe('Whether guests are looked at.'),
              guest_monitoring_interval: z.int().min(1).default(10).describe('Seconds between looks.'),
              guest_monitoring_timeout: z.int().min(1).default(2).describe('Seconds until a look fails.'),
              guest_monitoring_failure_threshold: z.int().min(1).default(3).describe('Failures that count.'),
            })
            .optional()
            .describe('Monitor inside guests.'),
        })
        .optional()
        .describe('Monitors.'),
    })
    .optional()
    .describe('High availability of instances.'),
  logging: LoggingFeaturesSchema.optional(),
  cloudprober: z
    .object({
      discovery: z
        .object({ interval: z.int().min(1).default(600).describe('Seconds between looks.') })
        .optional()
        .describe('Discovery of targets.'),
    })
    .optional()
    .describe('Probes of floating addresses.'),
});
export type OpenstackFeatures = z.infer<typeof FeaturesSchema>;
