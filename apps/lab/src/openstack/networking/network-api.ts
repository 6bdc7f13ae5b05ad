import type { SimulatedCloud } from '../cloud.js';
import { routesOf } from '../collection.js';
import { type Doc, type Route, docAt, done, isAsked, isDoc, missing, ok, textAt } from '../exchange.js';
import { networkQuotaRoutes } from '../quotas.js';
import { routerInterfaceRoutes } from './router-interfaces.js';
import { freshSubnet } from './subnets.js';

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
