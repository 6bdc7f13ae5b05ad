import { z } from 'zod';
import { read } from './answers.js';
import { beginLiveMigration, hypervisorsOf, nova, pageSize, roomOf, ServerRow, serversOn } from './nova.js';
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

const PlacedRow = ServerRow.extend({
  'OS-EXT-SRV-ATTR:host': z.string().nullish(),
  locked: z.boolean().default(false),
  flavor: z.object({ vcpus: z.number(), ram: z.number() }),
});
const GroupsSchema = z.object({
  server_groups: z.array(z.object({ policy: z.string().nullish(), members: z.array(z.string()).default([]) })),
});

/** How large hosts are. Those that nova knows nothing of are left out. @throws Failure as `Session.call` */
export async function hostSizes(session: Session): Promise<readonly HostSize[]> {
  return (await hypervisorsOf(session)).flatMap((row) => {
    const { vcpus: cpus, service } = row;
    return typeof cpus !== 'number' || cpus <= 0 ? [] : [{ host: service.host, cpus, room: roomOf(row) }];
  });
}

/** All instances on a host, of every project. @throws Failure as `Session.call` */
export async function instancesPlacedOn(session: Session, host: string): Promise<readonly PlacedInstance[]> {
  const servers = await serversOn(session, host, PlacedRow);
  return servers.map(({ id, name, status, tags, locked, flavor, ...rest }) => ({
    id,
    name,
    status,
    tags,
    host: rest['OS-EXT-SRV-ATTR:host'] ?? host,
    task: rest['OS-EXT-STS:task_state'] ?? null,
    cpus: flavor.vcpus,
    memory: flavor.ram,
    isLocked: locked,
  }));
}

/** Server groups of every project. @throws Failure as `Session.call` */
export async function serverGroups(session: Session): Promise<readonly ServerGroup[]> {
  const groups: ServerGroup[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const path = `/os-server-groups?all_projects=True&limit=${pageSize}&offset=${offset}`;
    const { server_groups: page } = await read(session, GroupsSchema, { ...nova, path });
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
  await beginLiveMigration(session, instance, host);
}
