import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What release-svc needs to know beside what every service does. */
export interface ReleaseConfig {
  /** PEM of the Ed25519 public key of whoever issues licenses; without it no license is accepted, and none is needed. */
  readonly licenseIssuerKey?: string;
}

const environmentSchema = z.object({
  KEELSON_LICENSE_ISSUER_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('PEM of the public key of the issuer of licenses.'),
});

/** The service's own settings, read once from the environment. */
export const releaseConfig: z.ZodType<ReleaseConfig> = environmentSchema.transform(
  (environment, context): ReleaseConfig => {
    const file = environment.KEELSON_LICENSE_ISSUER_KEY_FILE;
    if (file === undefined) return {};
    try {
      return { licenseIssuerKey: readFileSync(file, 'utf8') };
    } catch {
      const message = `the file ${file} cannot be read`;
      context.addIssue({ code: 'custom', path: ['KEELSON_LICENSE_ISSUER_KEY_FILE'], message });
      return z.NEVER;
    }
  },
);
