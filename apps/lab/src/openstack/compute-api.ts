import { rfc3339 } from '@keelson/std';
import { attachedTo, attachmentRoutes, releaseAll } from './attachments.js';
import type { Compute, SimulatedCloud } from './cloud.js';
import {
  type CloudRequest,
  type CloudResponse,
  type Doc,
  type Route,
  clash,
  docAt,
  done,
  missing,
  ok,
  refused,
  textAt,
} from './exchange.js';
import { flavorOf, flavorRoutes } from './flavors.js';
import { keyAndGroupRoutes } from './keys-and-groups.js';
import { type Migration, migrationDoc, migrationRow } from './migrations.js';
import { quotaRoutes } from './quotas.js';
import { consoleRoutes, serverActions } from './server-actions.js';
import { type Instance, serverDoc } from './servers.js';

/** A page of servers is at most as long as nova's max_limit. */
const maxPage = 1000;
const buildSeconds = 12;

/** nova, API v2.1 at microversions up to 2.96. */
export function computeRoutes(cloud: SimulatedCloud): readonly Route[] {
  return [
    ...servers(cloud),
    ...attachmentRoutes(cloud, (id) => instanceOf(cloud, id)),
    ...tags(cloud),
    ...serverMigrations(cloud),
    ...services(cloud),
    ...hypervisors(cloud),
    ...zones(cloud),
    ...flavorRoutes(cloud),
    ...keyAndGroupRoutes(cloud),
    ...quotaRoutes(cloud),
    ...consoleRoutes((id) => instanceOf(cloud, id)),
  ];
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

function serverMigrations(cloud: SimulatedCloud): readonly Route[] {
  const shown = (migration: Migration): Doc => migrationDoc(migration, cloud.clock.now());
  const open = (id: string): readonly Migration[] =>
    cloud.migrations
      .of(instanceOf(cloud, id))
      .filter(({ type, status }) => type === 'live-migration' && (status === 'running' || status === 'queued'));
  const one = (id: string, number: string): Migration => {
    const migration = open(id).find((candidate) => String(candidate.id) === number);
    if (migration === undefined) throw missing(`In-progress live migration of server ${id}`, number);
    return migration;
  };
  return [
    ['GET', '/v2.1/servers/:id/migrations', (_, { id = '' }) => ok({ migrations: open(id).map(shown) })],
    [
      'GET',
      '/v2.1/servers/:id/migrations/:number',
      (_, { id = '', number = '' }) => ok({ migration: shown(one(id, number)) }),
    ],
    [
      'DELETE',
      '/v2.1/servers/:id/migrations/:number',
      (_, { id = '', number = '' }) => {
        cloud.migrations.abort(one(id, number));
        return done(202);
      },
    ],
    ['GET', '/v2.1/os-migrations', ({ query }) => ok({ migrations: migrationsWanted(cloud, query).map(migrationRow) })],
  ];
}

function migrationsWanted(cloud: SimulatedCloud, query: URLSearchParams): readonly Migration[] {
  const is = (name: string, ...values: readonly string[]): boolean => {
    const asked = query.get(name);
    return asked === null || values.includes(asked);
  };
  return cloud.migrations
    .list()
    .filter(
      ({ status, type, source, destination, instance }) =>
        is('status', status) &&
        is('migration_type', type) &&
        is('source_compute', source) &&
        is('host', source, destination ?? '') &&
        is('instance_uuid', instance.id),
    )
    .reverse()
    .slice(0, maxPage);
}

function services(cloud: SimulatedCloud): readonly Route[] {
  const found = (id: string): Compute => {
    const compute = cloud.computes().find(({ serviceId }) => serviceId === id);
    if (compute === undefined) throw missing('Service', id);
    return compute;
  };
  return [
    ['GET', '/v2.1/os-services', ({ query }) => ok({ services: rowsWanted(cloud, query) })],
    [
      'PUT',
      '/v2.1/os-services/:id',
      changing((body, id) => {
        const { settings } = found(id);
        const status = textAt(body, 'status');
        if (status === 'disabled') settings.reason = textAt(body, 'disabled_reason') ?? null;
        if (status === 'enabled') settings.reason = null;
        if (status !== undefined) settings.disabled = status === 'disabled';
        const forced = body['forced_down'];
        if (typeof forced === 'boolean') settings.forcedDown = forced;
        cloud.changed();
        return ok({ service: computeRow(found(id)) });
      }),
    ],
    [
      'DELETE',
      '/v2.1/os-services/:id',
      (_, { id = '' }) => {
        const { host } = found(id);
        if (cloud.instances.onHost(host).length > 0)
          throw clash(
            'Unable to delete compute service that is hosting instances. Migrate or delete the instances first.',
          );
        cloud.forget(host);
        return done();
      },
    ],
  ];
}

function changing(change: (body: Doc, id: string) => CloudResponse): Route[2] {
  return ({ body }, { id = '' }) => change(docAt({ body }, 'body'), id);
}

function rowsWanted(cloud: SimulatedCloud, query: URLSearchParams): readonly Doc[] {
  const binary = query.get('binary');
  const host = query.get('host');
  const computes = binary === null || binary === 'nova-compute' ? cloud.computes() : [];
  const others = cloud.facts
    .processes('nova')
    .filter(({ component }) => component === 'scheduler' || component === 'conductor')
    .map((row): Doc => ({
      id: `nova-${row.component}-${row.host}`,
      binary: `nova-${row.component}`,
      host: row.host,
      zone: 'internal',
      status: 'enabled',
      state: row.up ? 'up' : 'down',
      updated_at: row.updatedAt,
      disabled_reason: null,
      forced_down: false,
    }));
  return [...computes.map(computeRow), ...others].filter(
    (row) => (binary === null || row['binary'] === binary) && (host === null || row['host'] === host),
  );
}

function computeRow({ serviceId, host, zone, up, updatedAt, settings }: Compute): Doc {
  return {
    id: serviceId,
    binary: 'nova-compute',
    host,
    zone,
    status: settings.disabled ? 'disabled' : 'enabled',
    state: up ? 'up' : 'down',
    updated_at: updatedAt,
    disabled_reason: settings.reason,
    forced_down: settings.forcedDown,
  };
}

function hypervisors(cloud: SimulatedCloud): readonly Route[] {
  const brief = ({ host, serviceId, up, settings }: Compute): Doc => ({
    id: serviceId,
    hypervisor_hostname: host,
    state: up ? 'up' : 'down',
    status: settings.disabled ? 'disabled' : 'enabled',
  });
  const detail = (compute: Compute): Doc => {
    const { host, serviceId, settings, address, vcpus, memory } = compute;
    return {
      ...brief(compute),
      host_ip: address,
      hypervisor_type: 'simulated',
      hypervisor_version: 1,
      vcpus,
      memory_mb: memory,
      memory_mb_used: cloud.instances.memoryOn(host),
      running_vms: cloud.instances.onHost(host).length,
      service: { id: serviceId, host, disabled_reason: settings.reason },
    };
  };
  const matching = (query: URLSearchParams): readonly Compute[] => {
    const pattern = query.get('hypervisor_hostname_pattern');
    return cloud.computes().filter(({ host }) => pattern === null || host.includes(pattern));
  };
  return [
    ['GET', '/v2.1/os-hypervisors/statistics', () => ok({ hypervisor_statistics: statistics(cloud) })],
    ['GET', '/v2.1/os-hypervisors', ({ query }) => ok({ hypervisors: matching(query).map(brief) })],
    ['GET', '/v2.1/os-hypervisors/detail', ({ query }) => ok({ hypervisors: matching(query).map(detail) })],
    [
      'GET',
      '/v2.1/os-hypervisors/:id',
      (_, { id = '' }) => {
        const compute = cloud.computes().find(({ serviceId }) => serviceId === id);
        if (compute === undefined) throw missing('Hypervisor', id);
        return ok({ hypervisor: detail(compute) });
      },
    ],
  ];
}

function statistics(cloud: SimulatedCloud): Doc {
  const computes = cloud.computes();
  const sum = (of: (one: Compute) => number): number => computes.reduce((total, one) => total + of(one), 0);
  return {
    count: computes.length,
    vcpus: sum(({ vcpus }) => vcpus),
    vcpus_used: sum(({ host }) => cloud.instances.onHost(host).reduce((all, { flavor }) => all + flavor.vcpus, 0)),
    memory_mb: sum(({ memory }) => memory),
    memory_mb_used: sum(({ host }) => cloud.instances.memoryOn(host)),
    running_vms: cloud.instances.size,
  };
}

function zones(cloud: SimulatedCloud): readonly Route[] {
  const hostsIn = (zone: string): Doc =>
    Object.fromEntries(
      cloud
        .computes()
        .filter((compute) => compute.zone === zone)
        .map(({ host, up, updatedAt, settings }) => [
          host,
          { 'nova-compute': { available: up, active: !settings.disabled, updated_at: updatedAt } },
        ]),
    );
  const answer = (withHosts: boolean): CloudResponse => {
    const names = [...new Set(cloud.computes().map(({ zone }) => zone))].sort();
    return ok({
      availabilityZoneInfo: names.map((zoneName) => ({
        zoneName,
        zoneState: { available: true },
        hosts: withHosts ? hostsIn(zoneName) : null,
      })),
    });
  };
  const aggregates = (): CloudResponse => {
    const names = [...new Set(cloud.computes().map(({ zone }) => zone))].sort();
    const at = rfc3339(cloud.clock.now());
    return ok({
      aggregates: names.map((name, i) => ({
        id: i + 1,
        name,
        availability_zone: name,
        hosts: cloud.computes().flatMap(({ host, zone }) => (zone === name ? [host] : [])),
        metadata: { availability_zone: name },
        created_at: at,
      })),
    });
  };
  return [
    ['GET', '/v2.1/os-availability-zone', () => answer(false)],
    ['GET', '/v2.1/os-availability-zone/detail', () => answer(true)],
    ['GET', '/v2.1/os-aggregates', aggregates],
  ];
}
