import { isFailure } from '@keelson/std';
import { z } from 'zod';
import { read } from './answers.js';
import { protectedHost } from './instance-ha.js';
import { nova } from './nova.js';
import type { OpenstackRequest, Session } from './session.js';

const ServicesSchema = z.object({ services: z.array(z.object({ id: z.string(), host: z.string() })) });
const AgentsSchema = z.object({ agents: z.array(z.object({ id: z.string(), host: z.string() })) });
const PortsSchema = z.object({ ports: z.array(z.object({ id: z.string(), name: z.string() })) });
const ProvidersSchema = z.object({ resource_providers: z.array(z.object({ uuid: z.string(), name: z.string() })) });

/** Octavia's health managers each have a port of their own, which the node made when it began. */
const healthManagerPort = 'octavia-health-manager-port-';

/**
 * Takes what a cloud remembers of a host that is gone for good out of it: its nova services, its network agents, its
 * resource provider, the port by which Octavia's health manager heard amphorae there, and its place in a segment of Masakari.
 * What is not there is passed over, so it may be called again.
 *
 * @returns what was removed, as words
 * @throws Failure as `Session.call`; transient with nova's own words while it still counts instances there, or
 *   Masakari's while it recovers instances from there
 */
export async function removeHost(session: Session, host: string): Promise<readonly string[]> {
  const name = encodeURIComponent(host);
  const { services } = await read(session, ServicesSchema, { ...nova, path: `/os-services?host=${name}` });
  const { agents } = await read(session, AgentsSchema, { type: 'network', path: `/v2.0/agents?host=${name}` });
  const own = services.filter((service) => service.host === host);
  const removed: string[] = [];
  const remove = async (what: string, request: Omit<OpenstackRequest, 'method'>): Promise<void> => {
    if (await isRemoved(session, request)) removed.push(what);
  };
  for (const { id } of own) await remove(`nova service ${id}`, { ...nova, path: `/os-services/${id}` });
  for (const { id } of agents.filter((agent) => agent.host === host))
    await remove(`network agent ${id}`, { type: 'network', path: `/v2.0/agents/${id}` });
  const portName = `${healthManagerPort}${host}`;
  const portPath = `/v2.0/ports?name=${encodeURIComponent(portName)}`;
  const { ports } = await read(session, PortsSchema, { type: 'network', path: portPath });
  for (const { id } of ports.filter((port) => port.name === portName))
    await remove(`port ${portName}`, { type: 'network', path: `/v2.0/ports/${id}` });
  // nova removes the provider with its service; one that was left over before it could not be is found by its name.
  const providers = await read(session, ProvidersSchema, {
    type: 'placement',
    path: `/resource_providers?name=${name}`,
  });
  for (const { uuid } of providers.resource_providers.filter((provider) => provider.name === host))
    await remove(`resource provider ${uuid}`, { type: 'placement', path: `/resource_providers/${uuid}` });
  const shielded = await protectedHost(session, host);
  if (shielded !== undefined) {
    const [segment = '', uuid = ''] = shielded.id.split('/');
    await remove(`host ${uuid} of Masakari`, { type: 'instance-ha', path: `/segments/${segment}/hosts/${uuid}` });
  }
  return removed;
}

async function isRemoved(session: Session, request: Omit<OpenstackRequest, 'method'>): Promise<boolean> {
  try {
    await session.call({ method: 'DELETE', ...request });
    return true;
  } catch (error) {
    if (isFailure(error, 'notFound')) return false;
    throw error;
  }
}
