import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { IndexSource } from './releaseindex/releaseindex.fetch.js';

/** What release-svc needs to know beside what every service does. */
export interface ReleaseConfig {
  /** PEM of the Ed25519 public key of whoever issues licenses; without it no license is accepted, and none is needed. */
  readonly licenseIssuerKey?: string;
  /** Where new releases are announced; without it there are those that were applied. */
  readonly index?: IndexSource;
}

const environmentSchema = z
  .object({
    KEELSON_LICENSE_ISSUER_KEY_FILE: z
      .string()
      .min(1)
      .optional()
      .describe('PEM of the public key of the issuer of licenses.'),
    KEELSON_RELEASE_INDEX_URL: z.url().optional().describe('URL of the signed index of releases.'),
    KEELSON_RELEASE_INDEX_PROXY: z
      .url()
      .optional()
      .describe('URL of the HTTP proxy that the index is fetched through: that of the artifact cache.'),
    KEELSON_RELEASE_INDEX_KEY_FILE: z
      .string()
      .min(1)
      .optional()
      .describe('PEM of the public key of the publisher of releases.'),
  })
  .refine(
    (given) => (given.KEELSON_RELEASE_INDEX_URL === undefined) === (given.KEELSON_RELEASE_INDEX_KEY_FILE === undefined),
    {
      path: ['KEELSON_RELEASE_INDEX_KEY_FILE'],
      message: 'is set together with KEELSON_RELEASE_INDEX_URL, or neither is',
    },
  );

/** The service's own settings, read once from the environment. */
export const releaseConfig: z.ZodType<ReleaseConfig> = environmentSchema.transform(
  (environment, context): ReleaseConfig => {
    const textOf = (name: 'KEELSON_LICENSE_ISSUER_KEY_FILE' | 'KEELSON_RELEASE_INDEX_KEY_FILE'): string | undefined => {
      const file = environment[name];
      try {
        return file === undefined ? undefined : readFileSync(file, 'utf8');
      } catch {
        context.addIssue({ code: 'custom', path: [name], message: `the file ${file ?? ''} cannot be read` });
        return undefined;
      }
    };
    const licenseIssuerKey = textOf('KEELSON_LICENSE_ISSUER_KEY_FILE');
    const publisherKey = textOf('KEELSON_RELEASE_INDEX_KEY_FILE');
    const { KEELSON_RELEASE_INDEX_URL: url, KEELSON_RELEASE_INDEX_PROXY: proxy } = environment;
    return {
      ...(licenseIssuerKey === undefined ? {} : { licenseIssuerKey }),
      ...(publisherKey === undefined || url === undefined
        ? {}
        : { index: { url, publisherKey, ...(proxy === undefined ? {} : { proxy }) } }),
    };
  },
);
