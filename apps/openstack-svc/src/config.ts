import { z } from 'zod';

/** openstack-svc needs to know nothing beside what every service does. */
export type OpenstackConfig = Record<string, never>;

export const openstackConfig: z.ZodType<OpenstackConfig> = z.object({}).transform((): OpenstackConfig => ({}));
