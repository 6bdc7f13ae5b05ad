import type { Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { z } from 'zod';

const interfaces = ['public', 'internal', 'admin'] as const;
type Interface = (typeof interfaces)[number];

/** A service as it is to be in keystone's catalogue. */
export interface Claim {
  readonly type: string;
  readonly name: string;
  readonly region: string;
  readonly endpoints: Readonly<Record<Interface, string>>;
}

const Endpoints = z.object({ public: z.string(), internal: z.string(), admin: z.string() });
const RegisterDocument = z.object({
  region: z.string(),
  services: z.array(z.object({ name: z.string(), type: z.string(), endpoints: Endpoints })),
});
const Services = z.object({ services: z.array(z.object({ id: z.string(), type: z.string() })) });
const Catalogue = z.object({
  endpoints: z.array(
    z.object({
      service_id: z.string(),
      interface: z.string(),
      region_id: z.string().nullish(),
      url: z.string(),
      enabled: z.boolean().optional(),
    }),
  ),
});

/** What the Jobs that read a Secret register: the document of a project, or the environment in which keystone begins. */
export function claimsIn(secret: Secret): readonly Claim[] {
  const document = textIn(secret, 'ks-endpoints.json');
  if (document !== undefined) return claimsOf(document);
  const environment = textIn(secret, 'bootstrap.env');
  return environment === undefined ? [] : bootstrapClaim(environment);
}

function claimsOf(document: string): readonly Claim[] {
  const read = RegisterDocument.safeParse(jsonOf(document));
  if (!read.success) return [];
  const { region, services } = read.data;
  return services.map((service) => ({ ...service, region }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bootstrapClaim(environment: string): readonly Claim[] {
  const value = (name: string): string =>
    new RegExp(`^OS_BOOTSTRAP_${name}='(.*)'$`, 'mu').exec(environment)?.[1] ?? '';
  const endpoints = { public: value('PUBLIC_URL'), internal: value('INTERNAL_URL'), admin: value('ADMIN_URL') };
  return [{ type: 'identity', name: value('SERVICE_NAME'), region: value('REGION_ID'), endpoints }];
}

/**
 * What is not in the catalogue as it is to be.
 *
 * @returns one phrase each; undefined where the answers cannot be read
 */
export function catalogueFaults(
  claims: readonly Claim[],
  services: unknown,
  endpoints: unknown,
): readonly string[] | undefined {
  const known = Services.safeParse(services);
  const listed = Catalogue.safeParse(endpoints);
  if (!known.success || !listed.success) return undefined;
  const typeOf = new Map(known.data.services.map(({ id, type }) => [id, type]));
  const rows = listed.data.endpoints.map((row) => ({ ...row, type: typeOf.get(row.service_id) }));
  return claims.flatMap((claim) => {
    if (!known.data.services.some(({ type }) => type === claim.type))
      return [`no service ${claim.name} (${claim.type})`];
    const own = rows.filter(({ type, region_id: region }) => type === claim.type && region === claim.region);
    return interfaces.flatMap((one) => {
      const urls = own.filter((row) => row.interface === one && row.enabled !== false).map(({ url }) => plain(url));
      return endpointFaults(`${one} endpoint of ${claim.name}`, plain(claim.endpoints[one]), urls);
    });
  });
}

/** A client may take any of several. */
function endpointFaults(what: string, wanted: string, urls: readonly string[]): readonly string[] {
  if (urls.length === 0) return [`no ${what}`];
  const other = urls.find((url) => url !== wanted);
  return other === undefined ? [] : [`the ${what} is ${other} instead of ${wanted}`];
}

/** keystone knows two ways to have the project put in, and a slash at the end says nothing. */
function plain(url: string): string {
  return url.replace(/\/+$/u, '').replaceAll('$(project_id)s', '%(project_id)s');
}
