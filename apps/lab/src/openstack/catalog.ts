import type { Kind, KubeObject, Secret } from '@keelson/api';
import { SecretKind } from '@keelson/api';
import { load } from 'js-yaml';
import type { ChildApi } from '../clusters/child-api.js';
import { type Service, ServiceKind } from '../workloads/kinds.js';
import { openstackNamespace } from './cluster-facts.js';
import { isDoc, docAt, textAt } from './exchange.js';
import { type Project, projectBehind } from './projects.js';
import { registeredIn } from './registrations.js';

export interface Endpoint {
  readonly id: string;
  readonly interface: 'internal' | 'admin' | 'public';
  readonly region: string;
  readonly region_id: string;
  readonly url: string;
}

export interface CatalogEntry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Ingress extends KubeObject {
  readonly spec?: {
    readonly tls?: readonly { readonly secretName?: string }[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: {
        readonly paths?: readonly { readonly backend?: { readonly service?: { readonly name?: string } } }[];
      };
    }[];
  };
}

export const IngressKind: Kind<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  scope: 'Namespaced',
  hasStatus: true,
};
const region = 'RegionOne';

/**
 * What Jobs have registered; of other APIs, whose clouds are made without such Jobs, what the cluster's Services and Ingresses make.
 * The project stands in URLs as keystone keeps it, `%(project_id)s`.
 */
export async function catalogOf(api: ChildApi): Promise<readonly CatalogEntry[]> {
  const [registered, services, ingresses] = await Promise.all([
    registeredIn(api),
    api.list(ServiceKind, openstackNamespace),
    api.list(IngressKind, openstackNamespace),
  ]);
  const hosts = publicHosts(ingresses);
  const entries = new Map<string, CatalogEntry>();
  for (const service of services) {
    const project = projectBehind(service.metadata.name);
    if (project === undefined || entries.has(project.name)) continue;
    entries.set(project.name, entryOf(project, service, hosts.get(service.metadata.name)));
  }
  const types = new Set(registered.map(({ type }) => type));
  return [...registered, ...[...entries.values()].filter(({ type }) => !types.has(type))];
}

/** The catalogue as tokens of a project show it. */
export function catalogFor(project: string, entries: readonly CatalogEntry[]): readonly CatalogEntry[] {
  const filled = (url: string): string => url.replaceAll('%(project_id)s', project);
  return entries.map((entry) => ({
    ...entry,
    endpoints: entry.endpoints.map((endpoint) => ({ ...endpoint, url: filled(endpoint.url) })),
  }));
}

/** Public host names by the Service that they lead to. */
export function publicHosts(ingresses: readonly Ingress[]): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>();
  for (const { host, http } of ingresses.flatMap(({ spec }) => spec?.rules ?? []))
    for (const { backend } of http?.paths ?? [])
      if (host?.includes('.') === true && backend?.service?.name !== undefined) hosts.set(backend.service.name, host);
  return hosts;
}

function entryOf(
  { name, type, path: after }: Project,
  { metadata, spec }: Service,
  host: string | undefined,
): CatalogEntry {
  const { port = 80, appProtocol = 'http' } = spec.ports?.[0] ?? {};
  const inside = `${appProtocol}://${metadata.name}.${openstackNamespace}.svc.cluster.local:${port}${after}`;
  const endpoint = (kind: Endpoint['interface'], url: string): Endpoint => ({
    id: `${name}-${kind}`,
    interface: kind,
    region,
    region_id: region,
    url,
  });
  const outside = host === undefined ? [] : [endpoint('public', `https://${host}${after}`)];
  return { id: name, name, type, endpoints: [endpoint('internal', inside), endpoint('admin', inside), ...outside] };
}

const credentialSecrets = [
  { namespace: openstackNamespace, name: 'keystone-os-clouds' },
  { namespace: openstackNamespace, name: 'keystone-keystone-admin' },
];

/** Who may sign in, by the Secrets that the deployment keeps of its administrators; undefined while there is none. */
export async function passwordsOf(api: ChildApi): Promise<ReadonlyMap<string, ReadonlySet<string>> | undefined> {
  const secrets = await Promise.all(credentialSecrets.map((key) => api.get(SecretKind, key)));
  const pairs = secrets.flatMap((secret) => (secret === undefined ? [] : pairsIn(secret)));
  if (pairs.length === 0) return undefined;
  const passwords = new Map<string, Set<string>>();
  for (const [user, password] of pairs) passwords.set(user, (passwords.get(user) ?? new Set()).add(password));
  return passwords;
}

function pairsIn({ data = {} }: Secret): readonly (readonly [user: string, password: string])[] {
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const own: readonly (readonly [string, string])[] =
    data['OS_PASSWORD'] === undefined ? [] : [[text('OS_USERNAME'), text('OS_PASSWORD')]];
  const clouds = docAt(parsed(text('clouds.yaml')), 'clouds');
  const written = Object.values(clouds).flatMap((cloud): readonly (readonly [string, string])[] => {
    const auth = docAt(cloud, 'auth');
    const [user, password] = [textAt(auth, 'username'), textAt(auth, 'password')];
    return user === undefined || password === undefined ? [] : [[user, password]];
  });
  return [...own, ...written];
}

function parsed(text: string): unknown {
  try {
    const document: unknown = load(text);
    return isDoc(document) ? document : {};
  } catch {
    return {};
  }
}
