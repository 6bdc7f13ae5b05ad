import { z } from 'zod';

/** release-svc has no settings of its own yet beside what every service reads. */
export type ReleaseConfig = Record<string, never>;

export const releaseConfig: z.ZodType<ReleaseConfig> = z.object({}).transform((): ReleaseConfig => ({}));
