import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What lifecycle-svc needs to know beside what every service does. */
export interface LifecycleConfig {
  /** URL of the management API as agents on hosts reach it. */
  readonly managementEndpoint: string;
  /** PEM of the authority its certificate comes from; the hosts' own trust store when absent. */
  readonly managementCertificateAuthority?: string;
}

const environmentSchema = z.object({
  KEELSON_MANAGEMENT_ENDPOINT: z.url({ protocol: /^https$/ }).describe('URL of the management API, as hosts reach it.'),
  KEELSON_MANAGEMENT_CA_FILE: z.string().min(1).optional().describe('PEM of the authority of its certificate.'),
});

/** The service's own settings, read once from the environment. */
export const lifecycleConfig: z.ZodType<LifecycleConfig> = environmentSchema.transform(
  (environment, context): LifecycleConfig => {
    const managementEndpoint = environment.KEELSON_MANAGEMENT_ENDPOINT;
    const file = environment.KEELSON_MANAGEMENT_CA_FILE;
    if (file === undefined) return { managementEndpoint };
    try {
      return { managementEndpoint, managementCertificateAuthority: readFileSync(file, 'utf8') };
    } catch {
      context.addIssue({
        code: 'custom',
        path: ['KEELSON_MANAGEMENT_CA_FILE'],
        message: `the file ${file} cannot be read`,
      });
      return z.NEVER;
    }
  },
);
