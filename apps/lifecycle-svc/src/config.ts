import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { HelmSettings } from './helmbundle/helm-binary.js';

/** What lifecycle-svc needs to know beside what every service does. */
export interface LifecycleConfig {
  /** URL of the management API as agents on hosts reach it. */
  readonly managementEndpoint: string;
  /** PEM of the authority its certificate comes from; the hosts' own trust store when absent. */
  readonly managementCertificateAuthority?: string;
  /** The program that renders charts; charts are not installed when absent. */
  readonly helm?: HelmSettings;
}

const environmentSchema = z.object({
  KEELSON_MANAGEMENT_ENDPOINT: z.url({ protocol: /^https$/ }).describe('URL of the management API, as hosts reach it.'),
  KEELSON_MANAGEMENT_CA_FILE: z.string().min(1).optional().describe('PEM of the authority of its certificate.'),
  KEELSON_HELM_BINARY: z
    .string()
    .min(1)
    .optional()
    .describe('Path of the helm program, version 3, by which the charts of HelmBundles are rendered. Unset: none are.'),
  KEELSON_HELM_PROXY: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Proxy through which it fetches charts.'),
});

/** The service's own settings, read once from the environment. */
export const lifecycleConfig: z.ZodType<LifecycleConfig> = environmentSchema.transform(
  (environment, context): LifecycleConfig => {
    const managementEndpoint = environment.KEELSON_MANAGEMENT_ENDPOINT;
    const file = environment.KEELSON_MANAGEMENT_CA_FILE;
    const given = { managementEndpoint, ...helmIn(environment) };
    if (file === undefined) return given;
    try {
      return { ...given, managementCertificateAuthority: readFileSync(file, 'utf8') };
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

function helmIn({
  KEELSON_HELM_BINARY: binary,
  KEELSON_HELM_PROXY: proxy,
}: z.infer<typeof environmentSchema>): Pick<LifecycleConfig, 'helm'> {
  return binary === undefined ? {} : { helm: { binary, ...(proxy === undefined ? {} : { proxy }) } };
}
