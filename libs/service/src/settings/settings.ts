import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { ServiceDefinition } from '../definition.js';

/** Variables as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const port = z.coerce.number().int().min(0).max(65_535);
const path = z.string().min(1);

const commonSchema = z.object({
  KEELSON_KUBECONFIG: path.describe('File with the kubeconfig of the management API.'),
  KEELSON_NATS_URL: z.string().min(1).describe('NATS: tls://host:port, several separated by commas.'),
  KEELSON_NATS_SEED_FILE: path.describe('File with the seed of the service’s nkey.'),
  KEELSON_POSTGRES_URL_FILE: path.describe('File with the URL of the service’s database, password included.'),
  KEELSON_CA_FILE: path.describe(
    'PEM of the authority that NATS, PostgreSQL and callers have their certificates from.',
  ),
  KEELSON_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  KEELSON_HTTP_PORT: port.describe('Port of HTTPS; 0 takes any free one.'),
  KEELSON_GRPC_PORT: port.describe('Port of gRPC; 0 takes any free one.'),
  KEELSON_STANDBY_PORT: port
    .optional()
    .describe(
      'Port of HTTPS for health alone. With it the service stands by until the ports above are free, then takes them and leads.',
    ),
  KEELSON_TLS_CERT_FILE: path.describe('PEM of the service’s own certificate.'),
  KEELSON_TLS_KEY_FILE: path.describe('PEM of its key.'),
  KEELSON_API_TOKEN_FILE: path.describe('File with the token that callers without a certificate show.'),
  KEELSON_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
  KEELSON_LEADER_ELECTION: z.stringbool().default(false).describe('True where several instances of the service run.'),
});

/** Settings that every service has, by the name of their environment variable. */
export type CommonSettings = z.infer<typeof commonSchema>;

export interface Settings<C> {
  readonly common: CommonSettings;
  readonly own: C;
}

/**
 * The environment as one service sees it: `BAREMETAL_SVC__KEELSON_HTTP_PORT` overrides `KEELSON_HTTP_PORT` for
 * baremetal-svc, so that several services can share a process.
 */
export function environmentOf(service: string, environment: Environment): Environment {
  const prefix = `${service.toUpperCase().replaceAll('-', '_')}__`;
  const own = Object.entries(environment).filter(([name]) => name.startsWith(prefix));
  return { ...environment, ...Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value])) };
}

/**
 * Reads the settings of a service.
 *
 * @throws Failure terminal naming each variable that is missing or wrong, never a value
 */
export function readSettings<C>(
  definition: Pick<ServiceDefinition<C>, 'name' | 'config'>,
  environment: Environment,
): Settings<C> {
  const seen = environmentOf(definition.name, environment);
  const common = commonSchema.safeParse(seen);
  const own = definition.config.safeParse(seen);
  if (common.success && own.success) return { common: common.data, own: own.data };
  const issues = [...(common.error?.issues ?? []), ...(own.error?.issues ?? [])];
  const complaints = issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw terminal(`the settings of ${definition.name} are wrong: ${complaints.join('; ')}`, { reason: 'BadSettings' });
}
