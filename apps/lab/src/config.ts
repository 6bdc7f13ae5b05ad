import { z } from 'zod';
import { defaultBmcPassword, defaultBmcUser } from './lab.js';
import { type Timings, ordinaryTimings } from './world/pace.js';

const seconds = z.number().nonnegative();
const timingsSchema = z.strictObject({
  post: seconds.optional(),
  installerBoot: seconds.optional(),
  install: seconds.optional(),
  osBoot: seconds.optional(),
  shutdown: seconds.optional(),
  bmcAnswer: seconds.optional(),
  items: z.record(z.string(), seconds).optional(),
  nodeReady: seconds.optional(),
});

/** Durations as JSON, such as `{"post":2,"install":8}`. */
const timings = z.string().transform((text, context): Partial<Timings> => {
  const result = timingsSchema.safeParse(jsonOrUndefined(text));
  if (result.success) return withoutUndefined(result.data);
  context.addIssue(`must be a JSON object of seconds by name: ${Object.keys(ordinaryTimings).join(', ')}`);
  return z.NEVER;
});

const schema = z.object({
  KEELSON_LAB_SEED: z.string().min(1).default('keelson').describe('Seed of the hardware and of every duration.'),
  KEELSON_LAB_SERVERS: z.coerce.number().int().min(1).max(10_000).default(6).describe('How many servers there are.'),
  KEELSON_LAB_OPENSTACK_SERVERS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Instances that each compute of a simulated OpenStack has from the start.'),
  KEELSON_LAB_FACTOR: z.coerce
    .number()
    .positive()
    .default(1)
    .describe('How much faster than life the physical world runs.'),
  KEELSON_LAB_TIMINGS: timings
    .default({})
    .describe('How long things take, where it differs from ordinary servers: JSON, seconds by name.'),
  KEELSON_LAB_DATA: z.string().min(1).describe('Folder for what survives the process.'),
  KEELSON_LAB_HOST: z.string().default('127.0.0.1').describe('Address of the Redfish service.'),
  KEELSON_LAB_REDFISH_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8443)
    .describe('Port of the Redfish service.'),
  KEELSON_LAB_CERTIFICATE: z
    .string()
    .optional()
    .describe('PEM file of the Redfish service; self-signed when absent, as BMCs are.'),
  KEELSON_LAB_KEY: z.string().optional().describe('PEM file of its key.'),
  KEELSON_LAB_CONTROL_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(18_190)
    .describe("Port of the lab's own API, on loopback."),
  KEELSON_LAB_CONTROL_TOKEN_FILE: z
    .string()
    .optional()
    .describe('File with the token of the control API; made in the data folder when absent.'),
  KEELSON_LAB_BMC_USER: z.string().default(defaultBmcUser).describe('Account of every BMC.'),
  KEELSON_LAB_BMC_PASSWORD: z.string().default(defaultBmcPassword).describe('Its password.'),
  KEELSON_LAB_NATS_URL: z
    .string()
    .optional()
    .describe('Where NATS is: the lab answers there for services that are not here yet; nobody does without it.'),
  KEELSON_LAB_NATS_SEED_FILE: z.string().optional().describe('File with the seed of its user nkey at NATS.'),
  KEELSON_LAB_NATS_CA_FILE: z.string().optional().describe("PEM file of the authority of NATS' certificate."),
  KEELSON_LAB_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least level that is logged.'),
});

/** Settings of the lab's process, by the name of their environment variable. */
export type LabConfig = z.infer<typeof schema>;

/** Reads the settings; throws naming each variable that is missing or wrong. */
export function labConfig(environment: Readonly<Record<string, string | undefined>>): LabConfig {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new Error(`the lab's settings are wrong:\n${z.prettifyError(result.error)}`);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutUndefined(given: z.infer<typeof timingsSchema>): Partial<Timings> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
