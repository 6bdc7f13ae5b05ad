import { z } from 'zod';

/** Settings of baremetal-svc alone; the common ones (API, bus, records, ports) are read by `libs/service`. */
export interface BaremetalConfig {
  /** The service's own URL as BMCs and hosts see it, without a slash at the end. */
  readonly url: string;
}

/** Environment to settings. */
export const baremetalConfig: z.ZodType<BaremetalConfig> = z
  .object({
    KEELSON_BAREMETAL_URL: z
      .url({ protocol: /^https?$/ })
      .describe('URL of this service as BMCs and hosts see it: virtual media and reports of hosts go there.'),
  })
  .transform((environment) => ({ url: environment.KEELSON_BAREMETAL_URL.replace(/\/+$/, '') }));
