import { signatureAlgorithms } from '@keelson/kube-server';
import { z } from 'zod';

const file = z.string().min(1);

const settings = z
  .object({
    KEELSON_KUBE_API_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
    KEELSON_KUBE_API_PORT: z.coerce.number().int().min(0).max(65_535).default(16_443).describe('Port to listen on.'),
    KEELSON_KUBE_API_EXPOSE: z
      .enum(['true', 'false'])
      .default('false')
      .describe('True allows an address that other machines can reach.'),
    KEELSON_KUBE_API_POSTGRES_URL_FILE: file.describe('File with the URL of the database.'),
    KEELSON_KUBE_API_CA_FILE: file.describe('Authority of the database and of client certificates.'),
    KEELSON_KUBE_API_TLS_CERT_FILE: file.describe('Certificate of this server.'),
    KEELSON_KUBE_API_TLS_KEY_FILE: file.describe('Its key.'),
    KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE: file.describe(
      'Keys of the tokens of service accounts: the first signs, all verify.',
    ),
    KEELSON_KUBE_API_DEFINITIONS: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of CustomResourceDefinitions to install at start.'),
    KEELSON_KUBE_API_STANDBY: z
      .enum(['true', 'false'])
      .default('false')
      .describe('True waits for as long as another process is the writer, to take over from it.'),
    KEELSON_KUBE_API_OIDC_ISSUER_URL: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .optional()
      .describe('OpenID Connect issuer whose ID tokens are believed.'),
    KEELSON_KUBE_API_OIDC_CLIENT_ID: z.string().min(1).optional().describe('Audience of its tokens.'),
    KEELSON_KUBE_API_OIDC_CA_FILE: file.optional().describe('Authority of its certificate.'),
    KEELSON_KUBE_API_OIDC_USERNAME_CLAIM: z.string().min(1).default('sub').describe('Claim with the name of the user.'),
    KEELSON_KUBE_API_OIDC_USERNAME_PREFIX: z
      .string()
      .optional()
      .describe('Before each name; - for nothing. Without it <issuer>#, or nothing if the claim is email.'),
    KEELSON_KUBE_API_OIDC_GROUPS_CLAIM: z.string().min(1).optional().describe('Claim with the groups of the user.'),
    KEELSON_KUBE_API_OIDC_GROUPS_PREFIX: z.string().default('').describe('Before each group.'),
    KEELSON_KUBE_API_OIDC_REQUIRED_CLAIMS: z
      .string()
      .default('')
      .transform(pairs)
      .describe('Claims that tokens must have: key=value, separated by commas.'),
    KEELSON_KUBE_API_OIDC_SIGNING_ALGS: z
      .string()
      .default('RS256')
      .transform((text) => text.split(',').map((word) => word.trim()))
      .pipe(z.array(z.enum(signatureAlgorithms)))
      .describe('Algorithms of signatures, separated by commas.'),
    KEELSON_KUBE_API_LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Least level that is logged.'),
  })
  .refine((config) => config.KEELSON_KUBE_API_EXPOSE === 'true' || isLoopback(config.KEELSON_KUBE_API_HOST), {
    path: ['KEELSON_KUBE_API_HOST'],
    error:
      'other machines could reach this address, and this API is for one machine only; set KEELSON_KUBE_API_EXPOSE=true if you mean it',
  })
  .refine(
    (config) =>
      (config.KEELSON_KUBE_API_OIDC_ISSUER_URL === undefined) ===
      (config.KEELSON_KUBE_API_OIDC_CLIENT_ID === undefined),
    {
      path: ['KEELSON_KUBE_API_OIDC_CLIENT_ID'],
      error:
        'an issuer and a client id go together: KEELSON_KUBE_API_OIDC_ISSUER_URL and KEELSON_KUBE_API_OIDC_CLIENT_ID',
    },
  );

/** Settings of the process, by the name of their environment variable. */
export type KubeApiConfig = z.infer<typeof settings>;

/**
 * Reads the settings.
 *
 * @throws Error naming each variable that is missing or wrong
 */
export function kubeApiConfig(environment: Readonly<Record<string, string | undefined>>): KubeApiConfig {
  const result = settings.safeParse(environment);
  if (result.success) return result.data;
  throw new Error(`the settings of the Kubernetes API are wrong:\n${z.prettifyError(result.error)}`);
}

function pairs(text: string, context: z.RefinementCtx): Readonly<Record<string, string>> {
  const entries = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => part.split(/=(.*)/s, 2).map((word) => word.trim()));
  if (entries.some(([key = '', value]) => key === '' || value === undefined))
    context.addIssue({ code: 'custom', message: 'must be key=value, separated by commas' });
  return Object.fromEntries(entries.map(([key = '', value = '']) => [key, value]));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
