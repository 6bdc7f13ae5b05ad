import { attachedTo, releaseAll } from './attachments.js';
import type { SimulatedCloud } from '../cloud.js';
import {
  type CloudRequest,
  type CloudResponse,
  type Doc,
  type Route,
  clash,
  docAt,
  done,
  ok,
  refused,
  textAt,
  missing,
} from '../exchange.js';
import { flavorOf } from './flavors.js';
import { serverActions } from './server-actions.js';
import { type Instance, serverDoc } from './servers.js';

/** A page of servers is at most as long as nova's max_limit. */
const maxPage = 1000;
const buildSeconds = 12;

/** Servers as clients ask for them, boot them and take them away; their tags. */
export function serverRoutes(cloud: SimulatedCloud): readonly Route[] {
  return [...servers(cloud), ...tags(cloud)];
}

export function instanceOf({ instances }: SimulatedCloud, id: string): Instance {
  const instance = instances.get(id);
  if (instance === undefined) throw missing('Instance', id);
  return instance;
}

function servers(cloud: SimulatedCloud): readonly Route[] {
  return [
    ['GET', '/v2.1/servers/detail', (request) => page(cloud, request, (instance) => shown(cloud, instance))],
    ['GET', '/v2.1/servers', (request) => page(cloud, request, ({ id, name }) => ({ id, name, links: [] }))],
    ['POST', '/v2.1/servers', (request) => boot(cloud, request)],
    ['GET', '/v2.1/servers/:id', (_, { id = '' }) => ok({ server: shown(cloud, instanceOf(cloud, id)) })],
    ['PUT', '/v2.1/servers/:id', (request, { id = '' }) => rename(cloud, instanceOf(cloud, id), request)],
    ['DELETE', '/v2.1/servers/:id', (_, { id = '' }) => remove(cloud, instanceOf(cloud, id))],
    [
      'POST',
      '/v2.1/servers/:id/action',
      (request, { id = '' }) => serverActions(cloud, instanceOf(cloud, id), request),
    ],
    ['GET', '/v2.1/servers/:id/metadata', (_, { id = '' }) => ok({ metadata: instanceOf(cloud, id).metadata })],
    ['GET', '/v2.1/servers/:id/os-interface', (_, { id = '' }) => interfaces(instanceOf(cloud, id))],
  ];
}

/** A server and its volumes. */
function shown(cloud: SimulatedCloud, instance: Instance): Doc {
  return serverDoc(instance, attachedTo(cloud, instance));
}

function page(cloud: SimulatedCloud, { query }: CloudRequest, shown: (instance: Instance) => Doc): CloudResponse {
  const host = query.get('host') ?? query.get('node');
  const candidates = host === null ? [...cloud.instances.all()] : cloud.instances.onHost(host);
  const isEverybodys = ['1', 'true'].includes((query.get('all_tenants') ?? '').toLowerCase());
  const seen = isEverybodys ? candidates : candidates.filter(({ project }) => project === cloud.project);
  const wanted = seen.filter((instance) => isWanted(instance, query)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const marker = query.get('marker');
  const from = marker === null ? 0 : wanted.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && from === 0) throw refused(`marker [${marker}] not found`);
  const limit = Math.min(maxPage, Number(query.get('limit') ?? maxPage));
  const chosen = wanted.slice(from, from + limit);
  const last = chosen.at(-1);
  const isMore = last !== undefined && from + limit < wanted.length;
  const next = new URLSearchParams(query);
  if (last !== undefined) next.set('marker', last.id);
  const links = isMore ? { servers_links: [{ rel: 'next', href: `/v2.1/servers/detail?${next.toString()}` }] } : {};
  return ok({ servers: chosen.map(shown), ...links });
}

function isWanted(instance: Instance, query: URLSearchParams): boolean {
  const is = (name: string, value: string): boolean => {
    const asked = query.get(name);
    return asked === null || asked === value;
  };
  const name = query.get('name');
  const all = (query.get('tags') ?? '').split(',').filter((tag) => tag !== '');
  const any = (query.get('tags-any') ?? '').split(',').filter((tag) => tag !== '');
  return (
    is('availability_zone', instance.zone) &&
    is('status', instance.status) &&
    is('project_id', instance.project) &&
    is('uuid', instance.id) &&
    (name === null || instance.name.includes(name)) &&
    all.every((tag) => instance.tags.has(tag)) &&
    (any.length === 0 || any.some((tag) => instance.tags.has(tag)))
  );
}

function boot(cloud: SimulatedCloud, { body }: CloudRequest): CloudResponse {
  const given = docAt(body, 'server');
  const name = textAt(given, 'name');
  if (name === undefined) throw refused("'name' is a required property");
  const most = countAt(given, 'max_count', countAt(given, 'min_count', 1));
  if (countAt(given, 'min_count', 1) > most) throw refused('min_count must be <= max_count');
  const names = most === 1 ? [name] : Array.from({ length: most }, (_, index) => `${name}-${index + 1}`);
  const [first] = names.map((each) => bootOne(cloud, each, given));
  const server = { id: first?.id, adminPass: 'simulated', links: [], 'OS-DCF:diskConfig': 'MANUAL' };
  return ok({ server }, 202);
}

/** How many are asked for, as a number or as text. */
function countAt(given: Doc, member: string, usual: number): number {
  const count = given[member] === undefined ? usual : Number(given[member]);
  if (!Number.isInteger(count) || count < 1 || count > maxPage)
    throw refused(`Invalid input for field/attribute ${member}. Value: ${String(given[member])}.`);
  return count;
}

function bootOne(cloud: SimulatedCloud, name: string, given: Doc): Instance {
  const flavor = flavorOf(cloud, textAt(given, 'flavorRef')?.split('/').at(-1) ?? '');
  const [zone = 'nova', asked] = (textAt(given, 'availability_zone') ?? cloud.computes()[0]?.zone ?? 'nova').split(':');
  const host = asked ?? textAt(given, 'host') ?? cloud.destinationFor({ flavor, zone, host: '' });
  const instance = cloud.instances.make({
    name,
    flavor,
    zone,
    host: host ?? '',
    project: cloud.project,
    status: host === undefined ? 'ERROR' : 'BUILD',
    task: host === undefined ? null : 'spawning',
    image: textAt(given, 'imageRef') ?? '',
    fault: host === undefined ? 'No valid host was found. (simulated)' : undefined,
  });
  if (host !== undefined)
    cloud.clock.schedule(cloud.pace.ms(buildSeconds), () => {
      if (instance.status !== 'BUILD') return;
      instance.status = 'ACTIVE';
      instance.task = null;
      cloud.instances.touch(instance);
      cloud.save();
    });
  return instance;
}

function rename(cloud: SimulatedCloud, instance: Instance, { body }: CloudRequest): CloudResponse {
  instance.name = textAt(docAt(body, 'server'), 'name') ?? instance.name;
  return ok({ server: shown(cloud, instance) });
}

function remove(cloud: SimulatedCloud, instance: Instance): CloudResponse {
  if (instance.locked) throw clash(`Instance ${instance.id} is locked`);
  for (const migration of cloud.migrations.of(instance)) cloud.migrations.abort(migration);
  releaseAll(cloud, instance);
  cloud.instances.remove(instance);
  return done();
}

function interfaces(instance: Instance): CloudResponse {
  const fixed_ips = [{ ip_address: instance.address, subnet_id: 'simulated' }];
  return ok({
    interfaceAttachments: [{ port_id: `port-${instance.id}`, net_id: 'simulated', port_state: 'ACTIVE', fixed_ips }],
  });
}

function tags(cloud: SimulatedCloud): readonly Route[] {
  return [
    ['GET', '/v2.1/servers/:id/tags', (_, { id = '' }) => ok({ tags: [...instanceOf(cloud, id).tags] })],
    [
      'PUT',
      '/v2.1/servers/:id/tags',
      ({ body }, { id = '' }) => {
        const { tags: own } = instanceOf(cloud, id);
        const wanted =
          typeof body === 'object' && body !== null && 'tags' in body && Array.isArray(body.tags) ? body.tags : [];
        own.clear();
        for (const tag of wanted) own.add(String(tag));
        return ok({ tags: [...own] });
      },
    ],
    [
      'PUT',
      '/v2.1/servers/:id/tags/:tag',
      (_, { id = '', tag = '' }) => {
        const { tags: own } = instanceOf(cloud, id);
        const status = own.has(tag) ? 204 : 201;
        own.add(tag);
        return done(status);
      },
    ],
    [
      'DELETE',
      '/v2.1/servers/:id/tags/:tag',
      (_, { id = '', tag = '' }) => {
        if (!instanceOf(cloud, id).tags.delete(tag)) throw missing('Tag', tag);
        return done();
      },
    ],
  ];
}
