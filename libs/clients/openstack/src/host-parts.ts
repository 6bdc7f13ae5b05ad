import { isFailure } from '@keelson/std';
import { z } from 'zod';
import { read } from './answers.js';
import type { OpenstackRequest, Session } from './session.js';

/** Something on a host that its service takes work for: an agent of neutron, a volume service of cinder, a host of masakari. */
export interface HostPart {
  readonly type: 'network' | 'volumev3' | 'instance-ha';
  /** By which its API finds it. */
  readonly id: string;
  /** As sentences name it, such as `the L3 agent`. */
  readonly what: string;
}

/** Whether a part of a host, switched off or not, tells its service that it is there. */
export interface PartReport {
  readonly part: HostPart;
  readonly isAlive: boolean;
}

const AgentsSchema = z.object({
  agents: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      agent_type: z.string(),
      admin_state_up: z.boolean(),
      description: z.string().nullish(),
      alive: z.boolean().nullish(),
    }),
  ),
});
const VolumeServicesSchema = z.object({
  services: z.array(
    z.object({
      binary: z.string(),
      host: z.string(),
      status: z.string(),
      disabled_reason: z.string().nullish(),
      state: z.string().nullish(),
    }),
  ),
});
const VolumesSchema = z.object({
  volumes: z.array(
    z.object({ id: z.string(), name: z.string().nullish(), 'os-vol-host-attr:host': z.string().nullish() }),
  ),
});
const pageSize = 1000;
const SegmentsSchema = z.object({ segments: z.array(z.object({ uuid: z.string() })) });
const HostsSchema = z.object({
  hosts: z.array(z.object({ uuid: z.string(), name: z.string(), on_maintenance: z.boolean() })),
});

/** Agents that others schedule networks and routers to. What binds ports, or is OVN's, has nothing to be disabled. */
const scheduledAgents: ReadonlySet<string> = new Set(['DHCP agent', 'L3 agent']);
/** Volumes of this service are on the disks of its host: `node@backend`. */
const volumeBinaries: ReadonlySet<string> = new Set(['cinder-volume', 'cinder-backup']);

/**
 * The parts of a host that take work now, and those that were disabled for `reason`. Services that the cloud does not have
 * are passed over.
 *
 * @throws Failure as `Session.call`
 */
export async function partsOn(session: Session, host: string, reason: string): Promise<readonly HostPart[]> {
  const all = [agentsOn, volumeServicesOn, protectedHosts];
  const found: HostPart[] = [];
  for (const find of all) found.push(...(await whereThere(find(session, host, reason))));
  return found;
}

/**
 * All agents of neutron and volume services of cinder that a host is known to have, and whether they are heard of. What an
 * API does not say of one counts as well; masakari says it of none.
 *
 * @throws Failure as `Session.call`
 */
export async function reportsOn(session: Session, host: string): Promise<readonly PartReport[]> {
  const agents = await whereThere(allAgentsOn(session, host));
  const volumes = await whereThere(allVolumeServicesOn(session, host));
  return [
    ...agents.map((agent) => ({ part: agentPart(agent), isAlive: agent.alive !== false })),
    ...volumes.map((service) => ({ part: volumePart(service), isAlive: service.state !== 'down' })),
  ];
}

/** Takes a part out of service, or back. May be repeated; a part that is gone is passed over. */
export async function switchPart(session: Session, part: HostPart, isOn: boolean, reason: string): Promise<void> {
  await whereThere(session.call(requestFor(part, isOn, reason)).then(() => []));
}

/** A volume whose data is on the disks of a host. */
export interface HostVolume {
  readonly id: string;
  readonly name: string;
}

/** Volumes on a host (`node@backend#pool`), of every project; none where the cloud has no volumes. @throws Failure as `Session.call` */
export async function volumesOn(session: Session, host: string): Promise<readonly HostVolume[]> {
  const found: HostVolume[] = [];
  for (let marker: string | undefined; ;) {
    const path = `/volumes/detail?all_tenants=1&limit=${pageSize}${marker === undefined ? '' : `&marker=${marker}`}`;
    const volumes = await whereThere(
      read(session, VolumesSchema, { type: 'volumev3', path }).then((answer) => answer.volumes),
    );
    for (const { id, name, 'os-vol-host-attr:host': at } of volumes)
      if (at?.split('@')[0] === host) found.push({ id, name: name ?? '' });
    marker = volumes.at(-1)?.id;
    if (volumes.length < pageSize || marker === undefined) return found;
  }
}

type Agent = z.infer<typeof AgentsSchema>['agents'][number];
type VolumeService = z.infer<typeof VolumeServicesSchema>['services'][number];

async function allAgentsOn(session: Session, host: string): Promise<readonly Agent[]> {
  const path = `/v2.0/agents?host=${encodeURIComponent(host)}`;
  const { agents } = await read(session, AgentsSchema, { type: 'network', path });
  return agents.filter((agent) => agent.host === host);
}

async function allVolumeServicesOn(session: Session, host: string): Promise<readonly VolumeService[]> {
  const { services } = await read(session, VolumeServicesSchema, { type: 'volumev3', path: '/os-services' });
  return services.filter((service) => service.host.split('@')[0] === host && volumeBinaries.has(service.binary));
}

async function agentsOn(session: Session, host: string, reason: string): Promise<readonly HostPart[]> {
  return (await allAgentsOn(session, host))
    .filter((agent) => scheduledAgents.has(agent.agent_type))
    .filter((agent) => agent.admin_state_up || agent.description === reason)
    .map(agentPart);
}

async function volumeServicesOn(session: Session, host: string, reason: string): Promise<readonly HostPart[]> {
  return (await allVolumeServicesOn(session, host))
    .filter(({ status, disabled_reason: why }) => status === 'enabled' || why === reason)
    .map(volumePart);
}

function agentPart({ id, agent_type: type }: Agent): HostPart {
  return { type: 'network', id, what: `the ${type}` };
}

function volumePart({ binary, host }: VolumeService): HostPart {
  return { type: 'volumev3', id: `${binary}/${host}`, what: `${binary} of ${host}` };
}

async function protectedHosts(session: Session, host: string): Promise<readonly HostPart[]> {
  const type = 'instance-ha';
  const { segments } = await read(session, SegmentsSchema, { type, path: '/segments' });
  const found: HostPart[] = [];
  for (const { uuid: segment } of segments) {
    const { hosts } = await read(session, HostsSchema, { type, path: `/segments/${segment}/hosts` });
    for (const { uuid, name, on_maintenance: isOff } of hosts)
      if (name === host && !isOff) found.push({ type, id: `${segment}/${uuid}`, what: 'its instance HA' });
  }
  return found;
}

function requestFor({ type, id }: HostPart, isOn: boolean, reason: string): OpenstackRequest {
  const [first = '', ...rest] = id.split('/');
  const second = rest.join('/');
  switch (type) {
    case 'network': {
      const agent = { admin_state_up: isOn, description: isOn ? '' : reason };
      return { method: 'PUT', type, path: `/v2.0/agents/${id}`, body: { agent } };
    }
    case 'volumev3': {
      const service = { binary: first, host: second };
      return isOn
        ? { method: 'PUT', type, path: '/os-services/enable', body: service }
        : {
            method: 'PUT',
            type,
            path: '/os-services/disable-log-reason',
            body: { ...service, disabled_reason: reason },
          };
    }
    case 'instance-ha': {
      const body = { host: { on_maintenance: !isOn } };
      return { method: 'PUT', type, path: `/segments/${first}/hosts/${second}`, body };
    }
  }
}

/** Nothing where the cloud has no such service, or no such part any more. */
async function whereThere<A>(asked: Promise<readonly A[]>): Promise<readonly A[]> {
  try {
    return await asked;
  } catch (error) {
    if (isFailure(error, 'notFound') || (isFailure(error) && error.reason === 'NoEndpoint')) return [];
    throw error;
  }
}
