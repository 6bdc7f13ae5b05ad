import type { SimulatedCloud } from './cloud.js';
import { routesOf } from './collection.js';
import { type Doc, type Route, docAt, done, missing, ok } from './exchange.js';

const anyQuery = new URLSearchParams();

/** glance, API v2. Data that is uploaded is counted as there and not kept. */
export function imageRoutes(cloud: SimulatedCloud): readonly Route[] {
  const images = cloud.collection('images');
  const fresh = (): Doc => ({ status: 'queued', visibility: 'shared', tags: [], size: null });
  return [
    [
      'PUT',
      '/v2/images/:id/file',
      (_, { id = '' }) => {
        if (images.change(id, { status: 'active', size: 1 }) === undefined) throw missing('Image', id);
        return done();
      },
    ],
    ['GET', '/v2/info/stores', () => ok({ stores: [{ id: 'simulated', default: 'true' }] })],
    ...routesOf({ collection: images, path: '/v2/images', one: '', many: 'images', fresh }),
  ];
}

/** placement: providers of the computes, and what their instances use. */
export function placementRoutes(cloud: SimulatedCloud): readonly Route[] {
  const providers = (): readonly Doc[] =>
    cloud
      .computes()
      .map(({ serviceId, host }) => ({ uuid: serviceId, name: host, generation: 1, parent_provider_uuid: null }));
  const found = (id: string) => {
    const compute = cloud.computes().find(({ serviceId }) => serviceId === id);
    if (compute === undefined) throw missing('Resource provider', id);
    return compute;
  };
  const inventory = (total: number): Doc => ({
    total,
    reserved: 0,
    min_unit: 1,
    max_unit: total,
    step_size: 1,
    allocation_ratio: 1,
  });
  return [
    ['GET', '/resource_providers', () => ok({ resource_providers: providers() })],
    [
      'GET',
      '/resource_providers/:id',
      (_, { id = '' }) => ok(providers().find((one) => one['uuid'] === found(id).serviceId)),
    ],
    ['DELETE', '/resource_providers/:id', () => done()],
    [
      'GET',
      '/resource_providers/:id/inventories',
      (_, { id = '' }) => {
        const { vcpus, memory } = found(id);
        const inventories = { VCPU: inventory(vcpus), MEMORY_MB: inventory(memory) };
        return ok({ resource_provider_generation: 1, inventories });
      },
    ],
    [
      'GET',
      '/resource_providers/:id/usages',
      (_, { id = '' }) => {
        const { host } = found(id);
        const VCPU = cloud.instances.onHost(host).reduce((sum, { flavor }) => sum + flavor.vcpus, 0);
        return ok({ resource_provider_generation: 1, usages: { VCPU, MEMORY_MB: cloud.instances.memoryOn(host) } });
      },
    ],
    [
      'GET',
      '/resource_providers/:id/allocations',
      (_, { id = '' }) => {
        const { host } = found(id);
        const resources = (vcpus: number, ram: number): Doc => ({ resources: { VCPU: vcpus, MEMORY_MB: ram } });
        const own = cloud.instances.onHost(host).map((one) => [one.id, resources(one.flavor.vcpus, one.flavor.ram)]);
        return ok({ resource_provider_generation: 1, allocations: Object.fromEntries(own) });
      },
    ],
  ];
}

/** designate, API v2. */
export function dnsRoutes(cloud: SimulatedCloud): readonly Route[] {
  const zones = cloud.collection('zones');
  const recordsets = cloud.collection('recordsets');
  const state: Doc = { status: 'ACTIVE', action: 'NONE' };
  const fresh = (): Doc => ({ ...state, serial: 1, type: 'PRIMARY', ttl: 3600, masters: [], attributes: {} });
  const statuses = (): readonly Doc[] =>
    cloud.facts.processes('designate').map(({ component, host, up, updatedAt }) => ({
      id: `${component}.${host}`,
      service_name: component,
      hostname: host,
      status: up ? 'UP' : 'DOWN',
      stats: {},
      capabilities: {},
      heartbeated_at: updatedAt,
    }));
  return [
    ['GET', '/v2/service_statuses', () => ok({ service_statuses: statuses() })],
    [
      'GET',
      '/v2/zones/:zone/recordsets',
      (_, { zone = '' }) => ok({ recordsets: recordsets.list(new URLSearchParams({ zone_id: zone })) }),
    ],
    [
      'POST',
      '/v2/zones/:zone/recordsets',
      ({ body }, { zone = '' }) => ok(recordsets.add({ ...state, ...docAt({ body }, 'body'), zone_id: zone }), 202),
    ],
    ...routesOf({ collection: zones, path: '/v2/zones', one: '', many: 'zones', fresh, createdStatus: 202 }),
  ];
}

/** Heat, barbican and others: lists of what nobody has made, and the services that report themselves. */
export function plainRoutes(cloud: SimulatedCloud, application: string): readonly Route[] {
  const rows = (): readonly Doc[] =>
    cloud.facts.processes(application).map(({ component, host, up, updatedAt }) => ({
      id: `${component}.${host}`,
      binary: `${application}-${component}`,
      host,
      hostname: host,
      status: up ? 'up' : 'down',
      state: up ? 'up' : 'down',
      updated_at: updatedAt,
    }));
  const empty =
    (name: string): Route[2] =>
    () =>
      ok({ [name]: cloud.collection(name).list(anyQuery) });
  return [
    ['GET', '/v1/:project/services', () => ok({ services: rows() })],
    ['GET', '/v1/:project/stacks', empty('stacks')],
    ['GET', '/v1/secrets', empty('secrets')],
    ['GET', '/v1/nodes', empty('nodes')],
    ['GET', '/v1/conductors', empty('conductors')],
    ['GET', '/v2/alarms', empty('alarms')],
    ['GET', '/v1/status', () => ok({ storage: { summary: { metrics: 0, measures: 0 } } })],
  ];
}
