import { z } from 'zod';

export const Telemetry = z.looseObject({ mode: z.enum(['autoscaling']).default('autoscaling') });
export type TelemetryMode = z.infer<typeof Telemetry>['mode'];

export const Logging = z
  .object({
    cadf: z
      .looseObject({
        enabled: z.boolean().default(false),
        driver: z.enum(['messagingv2', 'log']).default('messagingv2'),
      })
      .prefault({}),
  })
  .catchall(z.looseObject({ level: z.string().optional() }));
