import { z } from 'zod';
import { ValueOrReference } from './fields.js';

export const Ssl = z.looseObject({
  tls_proxy: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  public_endpoints: z
    .looseObject({
      ca_cert: ValueOrReference.optional(),
      api_cert: ValueOrReference.optional(),
      api_key: ValueOrReference.optional(),
    })
    .prefault({}),
});

export const Horizon = z.looseObject({
  default_theme: z.string().default('default'),
  themes: z
    .array(
      z.looseObject({
        name: z.string(),
        description: z.string().optional(),
        url: z.string().optional(),
        sha256summ: z.string().optional(),
        enabled: z.boolean().default(true),
      }),
    )
    .default([]),
  motd: z
    .record(
      z.string(),
      z.looseObject({
        level: z.string().default('info'),
        message: z.string(),
        beforeLogin: z.boolean().default(false),
        afterLogin: z.boolean().default(true),
      }),
    )
    .default({}),
});
