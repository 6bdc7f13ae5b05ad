import type { ChildApi } from '../clusters/child-api.js';
import { type Job, JobKind } from '../workloads/kinds.js';
import type { CatalogEntry, Endpoint } from './catalog.js';
import { openstackNamespace } from './cluster-facts.js';
import { type Doc, docAt, isDoc, textAt } from './exchange.js';
import { filesIn } from './rendered-files.js';

/** Which file a Job of a component reads, and what it registers by it. */
const registrars: Readonly<Record<string, readonly [file: string, read: (text: string) => readonly CatalogEntry[]]>> = {
  'ks-endpoints': ['ks-endpoints.json', (text) => registered(JSON.parse(text))],
  bootstrap: ['bootstrap.env', (text) => [bootstrapped(text)]],
};

/** What Jobs that are complete have registered with keystone, as the files say that they read. */
export async function registeredIn(api: ChildApi): Promise<readonly CatalogEntry[]> {
  const jobs = (await api.list(JobKind, openstackNamespace)).filter(isComplete);
  const entries = await Promise.all(
    jobs.map(async (job) => {
      const [file, read] = registrars[job.metadata.labels?.['component'] ?? ''] ?? [];
      if (file === undefined || read === undefined) return [];
      const text = (await filesIn(api, secretsOf(job))).get(file);
      return text === undefined ? [] : read(text);
    }),
  );
  return entries.flat();
}

function isComplete({ status }: Job): boolean {
  return status?.conditions?.some((one) => one.type === 'Complete' && one.status === 'True') === true;
}

function secretsOf({ spec }: Job): readonly string[] {
  return (spec.template.spec.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName]));
}

function registered(document: unknown): readonly CatalogEntry[] {
  const region = isDoc(document) ? (textAt(document, 'region') ?? '') : '';
  const services: unknown = isDoc(document) ? document['services'] : undefined;
  return Array.isArray(services)
    ? services.filter(isDoc).map((service) => entry(region, service, docAt(service, 'endpoints')))
    : [];
}

/** `keystone-manage bootstrap` registers keystone itself. */
function bootstrapped(environment: string): CatalogEntry {
  const value = (name: string): string =>
    new RegExp(`^OS_BOOTSTRAP_${name}='(.*)'$`, 'mu').exec(environment)?.[1] ?? '';
  const endpoints = { public: value('PUBLIC_URL'), internal: value('INTERNAL_URL'), admin: value('ADMIN_URL') };
  return entry(value('REGION_ID'), { name: value('SERVICE_NAME'), type: 'identity' }, endpoints);
}

function entry(region: string, service: Doc, endpoints: Doc): CatalogEntry {
  const name = textAt(service, 'name') ?? '';
  const kinds = ['internal', 'admin', 'public'] as const;
  return {
    id: name,
    name,
    type: textAt(service, 'type') ?? '',
    endpoints: kinds.map((kind): Endpoint => ({
      id: `${name}-${kind}`,
      interface: kind,
      region,
      region_id: region,
      url: textAt(endpoints, kind) ?? '',
    })),
  };
}
