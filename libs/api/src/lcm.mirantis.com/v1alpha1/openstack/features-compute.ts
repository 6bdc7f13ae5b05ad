import { z } from 'zod';
import { TextOrSecretSchema } from './values.js';

const enabled = z.boolean().optional().describe('Whether it is used.');
const level = z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']);

/** Disks of instances, for all nodes or by node. */
export const NovaImagesSchema = z.object({
  backend: z
    .enum(['local', 'qcow2', 'ceph', 'lvm', 'raw'])
    .optional()
    .describe('Where disks of instances are; local is qcow2.'),
  encryption: z
    .object({
      enabled,
      cipher: z.string().default('aes-xts-plain64').describe('Cipher and mode.'),
      key_size: z.int().min(1).default(256).describe('Bits of the key.'),
    })
    .optional()
    .describe('Encryption of disks; only with lvm.'),
  lvm: z
    .object({ volume_group: z.string().default('nova-vol').describe('Volume group.') })
    .optional()
    .describe('For backend lvm.'),
});

export const AllocationRatiosSchema = z.object({
  cpu: z.number().min(0).optional().describe('Virtual to physical CPUs.'),
  disk: z.number().min(0).optional().describe('Virtual to physical disk.'),
  ram: z.number().min(0).optional().describe('Virtual to physical memory.'),
});

export const NovaFeaturesSchema = z.object({
  allocation_ratios: AllocationRatiosSchema.optional().describe('How much is promised of what there is.'),
  libvirt: z
    .object({ tls: z.object({ enabled }).optional().describe('TLS between hypervisors.') })
    .optional()
    .describe('Hypervisor daemon.'),
  live_migration_interface: z.string().min(1).describe('Network interface that live migration goes over.'),
  vcpu_type: z.string().min(1).optional().describe('CPU model of guests, such as host-model or a list of models.'),
  console: z
    .object({
      spice: z
        .object({ enabled: z.boolean().default(false).describe('SPICE consoles.') })
        .optional()
        .describe('SPICE.'),
      novnc: z
        .object({
          enabled: z.boolean().default(true).describe('VNC consoles in browsers.'),
          tls: z.object({ enabled }).optional().describe('TLS to hypervisors.'),
        })
        .optional()
        .describe('noVNC.'),
    })
    .optional()
    .describe('Consoles of instances.'),
  images: NovaImagesSchema.optional().describe('Disks of instances.'),
});

const backend = (extra: z.ZodRawShape) =>
  z.looseObject({
    type: z.enum(['statefulset']).optional().describe('Kind of workload.'),
    enabled: z.boolean().default(true).describe('Whether it is deployed.'),
    values: z
      .looseObject({
        conf: z.looseObject({}).optional().describe('Sections of its configuration file.'),
        images: z.looseObject({}).optional().describe('Images of its pods.'),
        labels: z.looseObject({}).optional().describe('Label of the nodes of its pods.'),
        pod: z.looseObject({}).optional().describe('Number and resources of its pods.'),
      })
      .optional()
      .describe('Chart values of the back end.'),
    ...extra,
  });

export const CinderFeaturesSchema = z.object({
  volume: z
    .object({
      enabled: z
        .boolean()
        .optional()
        .describe('Whether volumes are in Ceph; back ends that are declared do not depend on it.'),
      backends: z
        .record(
          z.string(),
          backend({ create_volume_type: z.boolean().default(true).describe('Make a volume type of its name.') }),
        )
        .optional()
        .describe('Back ends by name.'),
    })
    .optional()
    .describe('Volumes.'),
  backup: z
    .object({
      enabled: z.boolean().default(true).describe('Whether volumes can be backed up.'),
      drivers: z
        .record(
          z.string(),
          z.object({
            type: z.enum(['s3', 'nfs']).describe('Kind of store.'),
            enabled: z.boolean().optional().describe('Whether it is the one in use.'),
            endpoint_url: z.string().optional().describe('S3: URL of the store.'),
            store_bucket: z.string().optional().describe('S3: bucket.'),
            store_access_key: TextOrSecretSchema.optional().describe('S3: access key.'),
            store_secret_key: TextOrSecretSchema.optional().describe('S3: secret key.'),
            backup_share: z.string().optional().describe('NFS: server:/path.'),
          }),
        )
        .optional()
        .describe('Stores by name; one may be enabled.'),
    })
    .optional()
    .describe('Backup of volumes.'),
});

export const ManilaFeaturesSchema = z.object({
  share: z
    .object({
      backends: z
        .record(
          z.string(),
          backend({ create_share_type: z.boolean().default(true).describe('Make a share type of its name.') }),
        )
        .optional()
        .describe('Back ends by name.'),
    })
    .optional()
    .describe('Shares.'),
});

const isDefault = z.boolean().optional().describe('The back end of images that name none; on exactly one.');
/** A rule counts the defaults among them, which costs by their number. */
const bounded = { maxProperties: 64 };
export const GlanceFeaturesSchema = z.object({
  backends: z
    .object({
      cinder: z
        .record(z.string(), z.looseObject({ default: isDefault }))
        .meta(bounded)
        .optional()
        .describe('Volumes, by name.'),
      rbd: z
        .record(z.string(), z.looseObject({ default: isDefault }))
        .meta(bounded)
        .optional()
        .describe('Ceph pools, by name.'),
      file: z
        .record(
          z.string(),
          z.looseObject({
            default: isDefault,
            pvc: z
              .object({
                size: z.string().optional().describe('Size.'),
                storage_class_name: z.string().optional().describe('Storage class.'),
              })
              .optional()
              .describe('Volume that holds the images.'),
          }),
        )
        .meta(bounded)
        .optional()
        .describe('Files on a volume, by name.'),
    })
    .optional()
    .describe('Where images are kept.'),
  signature: z
    .object({ enabled, certificate_validation: z.boolean().optional().describe('Check certificates too.') })
    .optional()
    .describe('Signed images.'),
});

export const LoggingFeaturesSchema = z
  .looseObject({
    cadf: z
      .object({
        enabled,
        driver: z.enum(['messagingv2', 'log']).optional().describe('Where audit records go.'),
      })
      .optional()
      .describe('Audit records.'),
    nova: z
      .object({ level: level.default('INFO').describe('Level.') })
      .optional()
      .describe('Compute.'),
    neutron: z
      .object({ level: level.default('INFO').describe('Level.') })
      .optional()
      .describe('Networking.'),
  })
  .describe('Audit, and log levels by project.');
