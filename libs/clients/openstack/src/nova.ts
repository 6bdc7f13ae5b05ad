import { z } from 'zod';
import { read } from './answers.js';
import type { Session } from './session.js';

/**
 * nova, at the microversion that everything here speaks. Service ids are UUIDs from 2.53, tags are listed with servers from
 * 2.26, flavors are in servers from 2.47, groups have one policy from 2.64, live migration is asynchronous from 2.34;
 * hypervisors count CPUs up to 2.87.
 */
export const nova = { type: 'compute', headers: { 'x-openstack-nova-api-version': '2.79' } } as const;

/** Rows that nova lists at once. */
export const pageSize = 1000;

/** A server in nova's list. */
export const ServerRow = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  'OS-EXT-STS:task_state': z.string().nullish(),
  tags: z.array(z.string()).default([]),
});

const HypervisorsSchema = z.object({
  hypervisors: z.array(
    z.object({
      vcpus: z.number().nullish(),
      running_vms: z.number().nullish(),
      memory_mb: z.number().nullish(),
      memory_mb_used: z.number().nullish(),
      hypervisor_hostname: z.string().nullish(),
      service: z.object({ host: z.string() }),
    }),
  ),
});
type HypervisorRow = z.infer<typeof HypervisorsSchema>['hypervisors'][number];

/** Every hypervisor as nova counts it. @throws Failure as `Session.call` */
export async function hypervisorsOf(session: Session): Promise<readonly HypervisorRow[]> {
  const { hypervisors } = await read(session, HypervisorsSchema, { ...nova, path: '/os-hypervisors/detail' });
  return hypervisors;
}

/** MiB of a hypervisor that nobody takes. */
export function roomOf({ memory_mb: total, memory_mb_used: used }: HypervisorRow): number {
  return Math.max(0, (total ?? 0) - (used ?? 0));
}

/** All servers on a host, of every project, page by page. @throws Failure as `Session.call` */
export async function serversOn<Row extends z.infer<typeof ServerRow>>(
  session: Session,
  host: string,
  row: z.ZodType<Row>,
): Promise<readonly Row[]> {
  const schema = z.object({ servers: z.array(row) });
  const found: Row[] = [];
  for (let marker = ''; ;) {
    const from = marker === '' ? '' : `&marker=${marker}`;
    const query = `all_tenants=1&host=${encodeURIComponent(host)}&limit=${pageSize}${from}`;
    const { servers } = await read(session, schema, { ...nova, path: `/servers/detail?${query}` });
    found.push(...servers);
    const last = servers.at(-1);
    if (servers.length < pageSize || last === undefined) return found;
    marker = last.id;
  }
}

/** Begins a live migration, to a host that nova chooses when none is named. @throws Failure as `Session.call` */
export async function beginLiveMigration(session: Session, instance: string, host: string | null): Promise<void> {
  const body = { 'os-migrateLive': { host, block_migration: 'auto' } };
  await session.call({ ...nova, method: 'POST', path: `/servers/${instance}/action`, body });
}
