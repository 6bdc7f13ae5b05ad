import { z } from 'zod';
import { read } from './answers.js';
import { hypervisorsOf } from './nova.js';
import type { Session } from './session.js';

/** What nobody takes of a host, as its scheduler counts: with what is kept back and what is promised more than once. */
export interface HostRoom {
  /** As nova names it. */
  readonly host: string;
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
}

/** Providers have parents from 1.14. */
const service = { type: 'placement', headers: { 'openstack-api-version': 'placement 1.14' } } as const;
/** Hosts that are asked for at once. */
const atOnce = 8;

const ProvidersSchema = z.object({
  resource_providers: z.array(
    z.object({ uuid: z.string(), name: z.string(), parent_provider_uuid: z.string().nullish() }),
  ),
});
const InventoriesSchema = z.object({
  inventories: z.record(
    z.string(),
    z.object({ total: z.number(), reserved: z.number().default(0), allocation_ratio: z.number().default(1) }),
  ),
});
const UsagesSchema = z.object({ usages: z.record(z.string(), z.number()) });

interface Provider {
  readonly uuid: string;
  readonly host: string;
}

/**
 * The room of every host that instances may be placed on, without its disks. What is no such host, such as shared storage, a
 * part of one or a bare-metal node, is left out.
 *
 * @throws Failure as `Session.call`
 */
export async function hostRooms(session: Session): Promise<readonly HostRoom[]> {
  const { resource_providers: all } = await read(session, ProvidersSchema, { ...service, path: '/resource_providers' });
  // Providers have the names of hypervisors, which may be other than those of hosts.
  const hosts = new Map(
    (await hypervisorsOf(session)).map(({ hypervisor_hostname: name, service: { host } }) => [name ?? host, host]),
  );
  const providers = all.flatMap(({ uuid, name, parent_provider_uuid: parent }) => {
    const host = hosts.get(name);
    return host === undefined || (parent ?? null) !== null ? [] : [{ uuid, host }];
  });
  const rooms: (HostRoom | undefined)[] = [];
  for (let from = 0; from < providers.length; from += atOnce)
    rooms.push(...(await Promise.all(providers.slice(from, from + atOnce).map((one) => roomOf(session, one)))));
  return rooms.filter((room) => room !== undefined);
}

async function roomOf(session: Session, { uuid, host }: Provider): Promise<HostRoom | undefined> {
  const path = `/resource_providers/${uuid}`;
  const { inventories } = await read(session, InventoriesSchema, { ...service, path: `${path}/inventories` });
  const { MEMORY_MB: memory, VCPU: cpus } = inventories;
  if (memory === undefined || cpus === undefined) return undefined;
  const { usages } = await read(session, UsagesSchema, { ...service, path: `${path}/usages` });
  const left = (of: typeof memory, used = 0): number =>
    Math.max(0, Math.floor((of.total - of.reserved) * of.allocation_ratio) - used);
  return { host, cpus: left(cpus, usages['VCPU']), memory: left(memory, usages['MEMORY_MB']) };
}
