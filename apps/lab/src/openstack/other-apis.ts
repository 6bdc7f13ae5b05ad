import type { SimulatedCloud } from './cloud.js';
import type { ProcessRow } from './cluster-facts.js';
import { routesOf } from './collection.js';
import { type Doc, type Route, docAt, done, isDoc, missing, ok, textAt } from './exchange.js';
import { networkQuotaRoutes, volumeQuotaRoutes } from './quotas.js';
import { routerInterfaceRoutes } from './router-interfaces.js';
import { freshSubnet } from './subnets.js';

const anyQuery = new URLSearchParams();

/** neutron, API v2.0: agents from the pods that run, and networks, subnets, ports, routers as they are stored. */
export function networkRoutes(cloud: SimulatedCloud): readonly Route[] {
  const stored = (plural: string, one: string, fresh: (given: Doc) => Doc): readonly Route[] => {
    const many = plural.replaceAll('-', '_');
    return routesOf({ collection: cloud.collection(plural), path: `/v2.0/${plural}`, one, many, fresh });
  };
  const agents = (): readonly Doc[] => agentsOf(cloud);
  return [
    ['GET', '/v2.0/agents', ({ query }) => ok({ agents: agents().filter((agent) => isAsked(agent, query)) })],
    [
      'GET',
      '/v2.0/agents/:id',
      (_, { id = '' }) => {
        const agent = agents().find((one) => one['id'] === id);
        if (agent === undefined) throw missing('Agent', id);
        return ok({ agent });
      },
    ],
    [
      'PUT',
      '/v2.0/agents/:id',
      ({ body }, { id = '' }) => {
        const given = docAt(body, 'agent');
        const isUp = given['admin_state_up'];
        if (isUp === false) cloud.disabledAgents.add(id);
        if (isUp === true) cloud.disabledAgents.delete(id);
        cloud.disabledReasons.set(id, textAt(given, 'description') ?? '');
        return ok({ agent: agents().find((one) => one['id'] === id) ?? {} });
      },
    ],
    [
      'DELETE',
      '/v2.0/agents/:id',
      (_, { id = '' }) => {
        const agent = agents().find((one) => one['id'] === id);
        if (agent === undefined) throw missing('Agent', id);
        const host = String(agent['host']);
        const component = id.slice(0, -host.length - 1);
        for (const application of agentApplications) cloud.facts.forget(application, component, host);
        return done();
      },
    ],
    ...shownWithSubnets(
      cloud,
      stored('networks', 'network', () => ({ ...active, subnets: [], shared: false, mtu: 1450 })),
    ),
    ...stored('subnets', 'subnet', freshSubnet),
    ...stored('ports', 'port', () => ({ ...active, fixed_ips: [], allowed_address_pairs: [], security_groups: [] })),
    ...stored('routers', 'router', () => ({ ...active, external_gateway_info: null, routes: [] })),
    ...routerInterfaceRoutes(cloud),
    ...networkQuotaRoutes(),
    ['GET', '/v2.0/service-providers', () => ok({ service_providers: [] })],
    ...stored('floatingips', 'floatingip', () => ({ status: 'DOWN', tags: [] })),
    ...stored('security-groups', 'security_group', () => ({ security_group_rules: [], tags: [] })),
    ...stored('security-group-rules', 'security_group_rule', () => ({ direction: 'ingress', ethertype: 'IPv4' })),
    ['GET', '/v2.0/extensions', () => ok({ extensions: [{ alias: 'agent', name: 'agent' }] })],
    ['GET', '/v2.0', () => ok({ resources: [] })],
  ];
}

const active: Doc = {
  status: 'ACTIVE',
  admin_state_up: true,
  tags: [],
  availability_zones: [],
  availability_zone_hints: [],
};

/** A network names its subnets, which are kept for themselves. */
function shownWithSubnets(cloud: SimulatedCloud, routes: readonly Route[]): readonly Route[] {
  const withSubnets = (network: Doc): Doc => {
    const own = cloud.collection('subnets').list(new URLSearchParams({ network_id: String(network['id']) }));
    const subnets = own.flatMap((subnet) => (subnet['network_id'] === network['id'] ? [subnet['id']] : []));
    return { ...network, subnets };
  };
  const shown = (body: unknown): unknown => {
    if (!isDoc(body)) return body;
    const { network, networks } = body;
    if (isDoc(network)) return { network: withSubnets(network) };
    return Array.isArray(networks) ? { networks: networks.filter(isDoc).map(withSubnets) } : body;
  };
  return routes.map(([method, path, answer]): Route => {
    return [
      method,
      path,
      (request, parameters) => {
        const response = answer(request, parameters);
        return { ...response, body: shown(response.body) };
      },
    ];
  });
}

const agentApplications = ['neutron', 'openvswitch', 'ovn'] as const;

const agentTypes: Readonly<Record<string, readonly [type: string, binary: string]>> = {
  'neutron-ovs-agent': ['Open vSwitch agent', 'neutron-openvswitch-agent'],
  'ovs-agent': ['Open vSwitch agent', 'neutron-openvswitch-agent'],
  'dhcp-agent': ['DHCP agent', 'neutron-dhcp-agent'],
  'neutron-dhcp-agent': ['DHCP agent', 'neutron-dhcp-agent'],
  'l3-agent': ['L3 agent', 'neutron-l3-agent'],
  'neutron-l3-agent': ['L3 agent', 'neutron-l3-agent'],
  'metadata-agent': ['Metadata agent', 'neutron-metadata-agent'],
  'neutron-metadata-agent': ['Metadata agent', 'neutron-metadata-agent'],
  'ovn-metadata-agent': ['OVN Metadata agent', 'neutron-ovn-metadata-agent'],
  'ovn-controller': ['OVN Controller agent', 'ovn-controller'],
  'ovn-controller-gateway': ['OVN Controller Gateway agent', 'ovn-controller'],
  'l3-agent-dvr': ['L3 agent', 'neutron-l3-agent'],
  'sriov-agent': ['NIC Switch agent', 'neutron-sriov-nic-agent'],
  'bgp-dragent': ['BGP dynamic routing agent', 'neutron-bgp-dragent'],
};

function agentsOf(cloud: SimulatedCloud): readonly Doc[] {
  const rows = agentApplications.flatMap((application) => cloud.facts.processes(application));
  return rows.flatMap(({ component, host, up, updatedAt }) => {
    const known = agentTypes[component];
    if (known === undefined) return [];
    const [agent_type, binary] = known;
    const id = `${component}.${host}`;
    const admin_state_up = !cloud.disabledAgents.has(id);
    const description = cloud.disabledReasons.get(id) ?? '';
    const at = { heartbeat_timestamp: updatedAt, started_at: updatedAt };
    return [
      {
        id,
        agent_type,
        binary,
        host,
        alive: up,
        admin_state_up,
        availability_zone: 'nova',
        configurations: {},
        description,
        ...at,
      },
    ];
  });
}

function isAsked(doc: Doc, query: URLSearchParams): boolean {
  return [...query].every(([name, value]) => !(name in doc) || String(doc[name]) === value);
}

/** cinder, API v3. */
export function volumeRoutes(cloud: SimulatedCloud): readonly Route[] {
  const volumes = cloud.collection('volumes');
  const disabled = cloud.disabledAgents;
  const rows = (): readonly Doc[] =>
    cloud.facts
      .processes('cinder')
      .filter(({ component }) => /^(volume|scheduler|backup)/.test(component))
      .map((row) => serviceRow(row, cloud));
  const switched = (status: 'enabled' | 'disabled'): Route[2] => {
    return ({ body }) => {
      const given = docAt({ body }, 'body');
      const key = `${textAt(given, 'binary') ?? ''}/${textAt(given, 'host') ?? ''}`;
      if (status === 'disabled') disabled.add(key);
      else disabled.delete(key);
      cloud.disabledReasons.set(key, textAt(given, 'disabled_reason') ?? '');
      return ok({
        host: given['host'],
        binary: given['binary'],
        status,
        disabled_reason: given['disabled_reason'] ?? null,
      });
    };
  };
  const fresh = (): Doc => ({ status: 'available', attachments: [], bootable: 'false', volume_type: 'simulated' });
  return [
    ['GET', '/v3/:project/os-services', ({ query }) => ok({ services: rows().filter((row) => isAsked(row, query)) })],
    ['PUT', '/v3/:project/os-services/enable', switched('enabled')],
    ['PUT', '/v3/:project/os-services/disable', switched('disabled')],
    ['PUT', '/v3/:project/os-services/disable-log-reason', switched('disabled')],
    ['GET', '/v3/:project/volumes/detail', ({ query }) => ok({ volumes: volumes.list(query) })],
    ...snapshotRoutes(cloud),
    ...volumeQuotaRoutes(cloud),
    [
      'GET',
      '/v3/:project/os-availability-zone',
      () => ok({ availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }] }),
    ],
    [
      'GET',
      '/v3/:project/types',
      () => ok({ volume_types: [{ id: 'simulated', name: 'simulated', is_public: true }] }),
    ],
    ['GET', '/v3/:project/scheduler-stats/get_pools', () => ok({ pools: [] })],
    ...routesOf({
      collection: volumes,
      path: '/v3/:project/volumes',
      one: 'volume',
      many: 'volumes',
      fresh,
      createdStatus: 202,
    }),
  ];
}

function snapshotRoutes(cloud: SimulatedCloud): readonly Route[] {
  const path = '/v3/:project/snapshots';
  const collection = cloud.collection('snapshots');
  const fresh = ({ volume_id: id }: Doc): Doc => {
    const volume = cloud.collection('volumes').get(String(id));
    if (volume === undefined) throw missing('Volume', String(id));
    return { status: 'available', size: volume['size'], metadata: {}, description: null };
  };
  const names = { one: 'snapshot', many: 'snapshots' };
  return [
    ['GET', `${path}/detail`, ({ query }) => ok({ snapshots: collection.list(query) })],
    ...routesOf({ collection, path, ...names, fresh, createdStatus: 202 }),
  ];
}

function serviceRow({ component, host, up, updatedAt }: ProcessRow, cloud: SimulatedCloud): Doc {
  const binary = `cinder-${component.split('-')[0] ?? component}`;
  const key = `${binary}/${host}`;
  const isDisabled = cloud.disabledAgents.has(key);
  return {
    binary,
    host,
    zone: 'nova',
    status: isDisabled ? 'disabled' : 'enabled',
    state: up ? 'up' : 'down',
    updated_at: updatedAt,
    disabled_reason: isDisabled ? (cloud.disabledReasons.get(key) ?? null) : null,
  };
}

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

/** Heat, octavia, barbican, manila and others: lists of what nobody has made, and the services that report themselves. */
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
    ['GET', '/v2/services', () => ok({ services: rows() })],
    ['GET', '/v1/:project/stacks', empty('stacks')],
    ['GET', '/v2/lbaas/loadbalancers', empty('loadbalancers')],
    ['GET', '/v2/octavia/amphorae', empty('amphorae')],
    ['GET', '/v2.0/lbaas/providers', () => ok({ providers: [{ name: 'amphorav2', description: 'simulated' }] })],
    ['GET', '/v1/secrets', empty('secrets')],
    ['GET', '/v2/shares', empty('shares')],
    ['GET', '/v1/nodes', empty('nodes')],
    ['GET', '/v1/conductors', empty('conductors')],
    ['GET', '/v2/alarms', empty('alarms')],
    ['GET', '/v1/status', () => ok({ storage: { summary: { metrics: 0, measures: 0 } } })],
  ];
}
