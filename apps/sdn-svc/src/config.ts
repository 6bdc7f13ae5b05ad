import { z } from 'zod';

/** sdn-svc needs to know nothing beside what every service does. */
export type SdnConfig = Record<string, never>;

export const sdnConfig: z.ZodType<SdnConfig> = z.object({}).transform((): SdnConfig => ({}));
