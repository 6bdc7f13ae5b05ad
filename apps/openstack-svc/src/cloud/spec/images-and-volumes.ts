import { z } from 'zod';
import { raw, ValueOrReference } from './fields.js';

const GlanceBackend = z.looseObject({
  default: z.boolean().optional(),
  pvc: z.looseObject({ size: z.string(), storage_class_name: z.string().optional() }).optional(),
});

export const Glance = z.looseObject({
  backends: z.record(z.string(), z.record(z.string(), GlanceBackend)).default({}),
  signature: z
    .looseObject({ enabled: z.boolean().default(false), certificate_validation: z.boolean().default(false) })
    .prefault({}),
});

/** A back end of Cinder or Manila: `values` are raw chart values, `conf.<project>.<section>` of which declare the driver. */
const DeclaredBackend = z.looseObject({
  type: z.string().default('statefulset'),
  enabled: z.boolean().default(true),
  create_volume_type: z.boolean().default(true),
  create_share_type: z.boolean().default(true),
  lvm: z.looseObject({ volume_group: z.string() }).optional(),
  values: raw.default({}),
});
export type DeclaredBackend = z.infer<typeof DeclaredBackend>;

export const Cinder = z.looseObject({
  volume: z
    .looseObject({ enabled: z.boolean().default(true), backends: z.record(z.string(), DeclaredBackend).default({}) })
    .prefault({}),
  backup: z
    .looseObject({
      enabled: z.boolean().default(true),
      drivers: z
        .record(
          z.string(),
          z.looseObject({
            type: z.enum(['s3', 'nfs']),
            enabled: z.boolean().default(true),
            endpoint_url: z.string().optional(),
            store_bucket: z.string().optional(),
            store_access_key: ValueOrReference.optional(),
            store_secret_key: ValueOrReference.optional(),
            backup_share: z.string().optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
});

export const Manila = z.looseObject({
  share: z.looseObject({ backends: z.record(z.string(), DeclaredBackend).default({}) }).prefault({}),
});
