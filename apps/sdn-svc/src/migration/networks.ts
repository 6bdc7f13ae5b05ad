import { type AdminCredential, perCredential } from '@keelson/mosk';
import { Session } from '@keelson/openstack';
import { type Http, isFailure, terminal } from '@keelson/std';
import { z } from 'zod';

/** What the migration needs to know of a cloud's networks. */
export interface NetworkApi {
  /** @throws Failure of the call */
  networks(): Promise<Networks>;
  /** Nodes whose OVN controller does not report. @throws Failure of the call */
  silentControllers(): Promise<readonly string[]>;
  /** What Open vSwitch's agents have left in the API. @throws Failure of the call */
  leftovers(): Promise<readonly Leftover[]>;
  /** Removes it, if it is still there. @throws Failure of the call */
  remove(leftover: Leftover): Promise<void>;
}

/** An agent that will not report again, or what one had made for itself. */
export interface Leftover {
  /** Collection of neutron's API. */
  readonly of: 'agents' | 'ports' | 'networks';
  readonly id: string;
  /** For people. */
  readonly what: string;
  /** An agent that still reports: its pod has not ended. */
  readonly isAlive: boolean;
}

export type NetworkApiOf = (credential: AdminCredential) => NetworkApi;

const named = { id: z.string(), name: z.string().default('') };
const NetworkSchema = z.object({
  ...named,
  mtu: z.number().default(1450),
  'provider:network_type': z.string().default('vxlan'),
});
const SubnetSchema = z.object({
  ...named,
  ip_version: z.number().default(4),
  network_id: z.string().default(''),
  cidr: z.string().default(''),
  enable_dhcp: z.boolean().default(true),
  dns_nameservers: z.array(z.string()).default([]),
  allocation_pools: z.array(z.object({ start: z.string(), end: z.string() })).default([]),
});
const PortSchema = z.object({
  ...named,
  network_id: z.string().default(''),
  device_id: z.string().default(''),
  device_owner: z.string().default(''),
  'binding:vnic_type': z.string().default('normal'),
  port_security_enabled: z.boolean().default(true),
  security_groups: z.array(z.string()).default([]),
  fixed_ips: z.array(z.object({ subnet_id: z.string() })).default([]),
});
const RouterSchema = z.object({
  ...named,
  external_gateway_info: z.object({ network_id: z.string() }).nullable().default(null),
});
const FloatingSchema = z.object({ port_id: z.string().nullable().default(null) });
const RuleSchema = z.object({
  security_group_id: z.string(),
  direction: z.string(),
  ethertype: z.string().default('IPv4'),
  protocol: z.string().nullable().default(null),
  remote_ip_prefix: z.string().nullable().default(null),
  remote_group_id: z.string().nullable().default(null),
  port_range_min: z.number().nullable().default(null),
  port_range_max: z.number().nullable().default(null),
});
const AgentSchema = z.object({
  id: z.string(),
  host: z.string(),
  agent_type: z.string(),
  alive: z.boolean(),
  configurations: z
    .object({ bridge_mappings: z.record(z.string(), z.string()).optional() })
    .catch({})
    .default({}),
});

/** With OVN the database of neutron still lists them, and so health would miss them for ever. */
const agentsOfOpenVSwitch = ['Open vSwitch agent', 'L3 agent', 'DHCP agent', 'Metadata agent'];
/** Ports that only those agents use; they keep addresses of tenants' subnets. */
const portsOfAgents = ['network:dhcp', 'network:router_ha_interface', 'network:floatingip_agent_gateway'];
/** Networks over which routers of L3 agents elected who is active. */
const electionNetwork = 'HA network tenant ';

export type Network = z.infer<typeof NetworkSchema>;
export type Subnet = z.infer<typeof SubnetSchema>;
export type Port = z.infer<typeof PortSchema>;
export type Router = z.infer<typeof RouterSchema>;
/** Which bridge of a node leads to which physical network, as its Open vSwitch agent reports it: `physnet1:br-ex,…` in order. */
export interface NodeMappings {
  readonly host: string;
  readonly mappings: string;
}
export interface Networks {
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly ports: readonly Port[];
  readonly routers: readonly Router[];
  readonly floatingips: readonly z.infer<typeof FloatingSchema>[];
  readonly rules: readonly z.infer<typeof RuleSchema>[];
  readonly bridgeMappings: readonly NodeMappings[];
}

function mappingsIn(agents: readonly z.infer<typeof AgentSchema>[]): readonly NodeMappings[] {
  return agents
    .filter(({ agent_type: type }) => type === 'Open vSwitch agent')
    .flatMap(({ host, configurations: { bridge_mappings: bridges } }) =>
      bridges === undefined ? [] : [{ host, mappings: mappingsText(Object.entries(bridges)) }],
    )
    .toSorted((a, b) => (a.host < b.host ? -1 : 1));
}

/** Of physical networks with their bridges: `physnet1:br-ex,…`, the same for the same. */
export function mappingsText(pairs: readonly (readonly [physnet: string, bridge: string])[]): string {
  return pairs
    .map((pair) => pair.join(':'))
    .toSorted()
    .join(',');
}

/** neutron of a cluster's cloud, reached by its internal names; one session as long as the credential holds. */
export function networkApiOver(http: Http): NetworkApiOf {
  return perCredential((credential) => networkApi(new Session({ http, ...credential })));
}

function networkApi(session: Session): NetworkApi {
  const list = async <T>(path: string, key: string, schema: z.ZodType<T>): Promise<readonly T[]> => {
    const body = await session.call({ method: 'GET', type: 'network', path: `/v2.0/${path}` });
    const parsed = z.object({ [key]: z.array(schema) }).safeParse(body);
    const rows = parsed.success ? parsed.data[key] : undefined;
    if (rows !== undefined) return rows;
    throw terminal(`neutron's answer to ${path} is not what the API says`, { reason: 'UnreadableAnswer' });
  };
  return {
    networks: async () => ({
      networks: await list('networks', 'networks', NetworkSchema),
      subnets: await list('subnets', 'subnets', SubnetSchema),
      ports: await list('ports', 'ports', PortSchema),
      routers: await list('routers', 'routers', RouterSchema),
      floatingips: await list('floatingips', 'floatingips', FloatingSchema),
      rules: await list('security-group-rules', 'security_group_rules', RuleSchema),
      bridgeMappings: mappingsIn(await list('agents', 'agents', AgentSchema)),
    }),
    silentControllers: async () => {
      const agents = await list('agents', 'agents', AgentSchema);
      const controllers = agents.filter(({ agent_type: type }) => type.startsWith('OVN Controller'));
      // Where none is known at all, none has come.
      if (controllers.length === 0) return ['any node'];
      return controllers.filter(({ alive }) => !alive).map(({ host }) => host);
    },
    leftovers: async () => {
      const [agents, ports, networks] = [
        await list('agents', 'agents', AgentSchema),
        await list('ports', 'ports', PortSchema),
        await list('networks', 'networks', NetworkSchema),
      ];
      const isAlive = false;
      return [
        ...ports
          .filter(({ device_owner: owner }) => portsOfAgents.includes(owner))
          .map(
            ({ id, device_owner: owner }) => ({ of: 'ports', id, what: `the port ${id} (${owner})`, isAlive }) as const,
          ),
        ...networks
          .filter(({ name }) => name.startsWith(electionNetwork))
          .map(({ id, name }) => ({ of: 'networks', id, what: `the network ${name}`, isAlive }) as const),
        ...agents
          .filter(({ agent_type: type }) => agentsOfOpenVSwitch.includes(type))
          .map(({ id, agent_type: type, host, alive }) => {
            return { of: 'agents', id, what: `the ${type} of ${host}`, isAlive: alive } as const;
          }),
      ];
    },
    remove: async ({ of, id }) => {
      try {
        await session.call({ method: 'DELETE', type: 'network', path: `/v2.0/${of}/${id}` });
      } catch (error) {
        if (!isFailure(error, 'notFound')) throw error;
      }
    },
  };
}
