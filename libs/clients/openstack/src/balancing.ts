import { z } from 'zod';
import { read } from './answers.js';
import type { Session } from './session.js';

/** A host of instances, as nova counts it. */
export interface HostSize {
  readonly host: string;
  /** Cores of the host, not of its instances. */
  readonly cpus: number;
  /** MiB that nobody takes. */
  readonly room: number;
}

/** An instance with what it takes of its host. */
export interface PlacedInstance {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  /** Such as `ACTIVE`. */
  readonly status: string;
  readonly task: string | null;
  readonly tags: readonly string[];
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  /** Its owner or an administrator has locked it: no call may change it. */
  readonly isLocked: boolean;
}

/** Instances that want to be together, or apart. */
export interface ServerGroup {
  /** `affinity`, `anti-affinity`, or either with `soft-`. */
  readonly policy: string;
  readonly members: readonly string[];
}

const SizesSchema = z.object({
  hypervisors: z.array(
    z.object({
      vcpus: z.number().nullish(),
      memory_mb: z.number().nullish(),
      memory_mb_used: z.number().nullish(),
      service: z.object({ host: z.string() }),
    }),
  ),
});
const PlacedSchema = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.string(),
      'OS-EXT-STS:task_state': z.string().nullish(),
      'OS-EXT-SRV-ATTR:host': z.string().nullish(),
      tags: z.array(z.string()).default([]),
      locked: z.boolean().default(false),
      flavor: z.object({ vcpus: z.number(), ram: z.number() }),
    }),
  ),
});
const GroupsSchema = z.object({
  server_groups: z.array(z.object({ policy: z.string().nullish(), members: z.array(z.string()).default([]) })),
});

/** Flavors are in servers from 2.47, groups have one policy from 2.64; hypervisors count CPUs up to 2.87. */
const headers = { 'x-openstack-nova-api-version': '2.79' } as const;
const compute = { type: 'compute', headers } as const;
const pageSize = 1000;

/** How large hosts are. Those that nova knows nothing of are left out. @throws Failure as `Session.call` */
export async function hostSizes(session: Session): Promise<readonly HostSize[]> {
  const answer = await session.call({ ...compute, method: 'GET', path: '/os-hypervisors/detail' });
  return read(SizesSchema, answer).hypervisors.flatMap(({ vcpus, memory_mb: memory, memory_mb_used: used, service }) =>
    typeof vcpus !== 'number' || vcpus <= 0
      ? []
      : [{ host: service.host, cpus: vcpus, room: Math.max(0, (memory ?? 0) - (used ?? 0)) }],
  );
}

/** All instances on a host, of every project. @throws Failure as `Session.call` */
export async function instancesPlacedOn(session: Session, host: string): Promise<readonly PlacedInstance[]> {
  const found: PlacedInstance[] = [];
  for (let marker = ''; ;) {
    const from = marker === '' ? '' : `&marker=${marker}`;
    const query = `all_tenants=1&host=${encodeURIComponent(host)}&limit=${pageSize}${from}`;
    const answer = await session.call({ ...compute, method: 'GET', path: `/servers/detail?${query}` });
    const { servers } = read(PlacedSchema, answer);
    found.push(
      ...servers.map(({ id, name, status, tags, locked, flavor, ...rest }) => ({
        id,
        name,
        status,
        tags,
        host: rest['OS-EXT-SRV-ATTR:host'] ?? host,
        task: rest['OS-EXT-STS:task_state'] ?? null,
        cpus: flavor.vcpus,
        memory: flavor.ram,
        isLocked: locked,
      })),
    );
    const last = servers.at(-1);
    if (servers.length < pageSize || last === undefined) return found;
    marker = last.id;
  }
}

/** Server groups of every project. @throws Failure as `Session.call` */
export async function serverGroups(session: Session): Promise<readonly ServerGroup[]> {
  const groups: ServerGroup[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const path = `/os-server-groups?all_projects=True&limit=${pageSize}&offset=${offset}`;
    const { server_groups: page } = read(GroupsSchema, await session.call({ ...compute, method: 'GET', path }));
    groups.push(...page.map(({ policy, members }) => ({ policy: policy ?? '', members })));
    if (page.length < pageSize) return groups;
  }
}

/**
 * Begins to move an instance to a host; it runs on meanwhile. The scheduler has its say: a host that the instance may not go to
 * is refused.
 *
 * @throws Failure as `Session.call`
 */
export async function liveMigrateTo(session: Session, instance: string, host: string): Promise<void> {
  const body = { 'os-migrateLive': { host, block_migration: 'auto' } };
  await session.call({ ...compute, method: 'POST', path: `/servers/${instance}/action`, body });
}
