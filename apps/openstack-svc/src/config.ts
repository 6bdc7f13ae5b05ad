import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AdmissionEndpoint } from './admission/admission.registration.js';

/** What openstack-svc needs to know beside what every service does. */
export interface OpenstackConfig {
  /** Absent where the API servers of MOSK clusters cannot reach this service. */
  readonly admission?: AdmissionEndpoint;
}

const environmentSchema = z.object({
  KEELSON_OPENSTACK_URL: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('URL of this service as the API servers of MOSK clusters reach it: they ask it before they store.'),
  KEELSON_OPENSTACK_CA_FILE: z.string().min(1).optional().describe('PEM of the authority of its certificate.'),
});

/** The service's own settings, read once from the environment. */
export const openstackConfig: z.ZodType<OpenstackConfig> = environmentSchema.transform(
  (environment, context): OpenstackConfig => {
    const { KEELSON_OPENSTACK_URL: url, KEELSON_OPENSTACK_CA_FILE: file } = environment;
    if (url === undefined) return {};
    const refuse = (message: string): never => {
      context.addIssue({ code: 'custom', path: ['KEELSON_OPENSTACK_CA_FILE'], message });
      return z.NEVER;
    };
    if (file === undefined) return refuse('is needed with KEELSON_OPENSTACK_URL');
    try {
      return { admission: { url: url.replace(/\/+$/, ''), authority: readFileSync(file, 'utf8') } };
    } catch {
      return refuse(`the file ${file} cannot be read`);
    }
  },
);
