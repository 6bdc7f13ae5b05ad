import { z } from 'zod';
import { ValueOrReference } from './fields.js';

const Cleanup = z.looseObject({
  enabled: z.boolean().default(true),
  schedule: z.string().optional(),
  age: z.number().default(30),
  batch: z.number().default(1000),
});
export const Database = z.looseObject({
  cleanup: z.record(z.string(), Cleanup).default({}),
  backup: z
    .looseObject({
      enabled: z.boolean().default(false),
      schedule_time: z.string().default('0 1 * * *'),
      backup_type: z.enum(['full', 'incremental']).default('incremental'),
      backups_to_keep: z.number().default(3),
      full_backup_cycle: z.number().default(604_800),
      backend: z.enum(['pvc', 'pv_nfs', 'hostpath']).default('pvc'),
      pv_nfs: z.looseObject({ server: z.string(), path: z.string() }).optional(),
      sync_remote: z
        .looseObject({
          enabled: z.boolean().default(false),
          remotes: z
            .record(z.string(), z.looseObject({ path: z.string(), conf: z.record(z.string(), ValueOrReference) }))
            .default({}),
        })
        .prefault({}),
      encryption: z.looseObject({ enabled: z.boolean().default(false) }).prefault({}),
    })
    .prefault({}),
  local_volumes: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
});

export const Messaging = z.looseObject({
  components_with_dedicated_messaging: z.array(z.string()).default([]),
  notifications: z
    .looseObject({
      external: z
        .looseObject({ enabled: z.boolean().default(false), topics: z.array(z.string()).default([]) })
        .prefault({}),
    })
    .prefault({}),
});
