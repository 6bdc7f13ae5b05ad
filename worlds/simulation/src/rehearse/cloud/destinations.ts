import type { PlacedInstance, ServerGroup } from '@keelson/openstack';
import type { RoomyCompute } from './cloud-room.js';

/** Where instances are, and what is left of the computes, at one moment. */
export interface Occupancy {
  readonly computes: readonly RoomyCompute[];
  readonly hostOf: ReadonlyMap<string, string>;
  readonly groups: readonly ServerGroup[];
}

type Moved = Pick<PlacedInstance, 'id' | 'name' | 'cpus' | 'memory'>;

const mostNamed = 3;

/**
 * Where an instance may go, as nova's own filters have it: another compute of its zone that is up and enabled, with room for
 * it, and whose instances its server group bears; the emptiest of them. Or why there is none, as a sentence. Aggregates,
 * traits, devices, pinned CPUs and local disks are not looked at.
 */
export function destinationOf(
  instance: Moved,
  from: string,
  occupancy: Occupancy,
): { readonly to: string } | { readonly refusal: string } {
  const zone = occupancy.computes.find(({ host }) => host === from)?.zone ?? '';
  const others = occupancy.computes.filter((compute) => compute.host !== from && compute.zone === zone).sort(byRoom);
  const looked = others.map((compute) => ({ host: compute.host, why: objection(instance, compute, occupancy) }));
  const fit = looked.find(({ why }) => why === undefined);
  if (fit !== undefined) return { to: fit.host };
  const named = looked.slice(0, mostNamed).map(({ host, why = '' }) => `${host} ${why}`);
  const more = looked.length > named.length ? [`and ${looked.length - named.length} more take it neither`] : [];
  const why = named.length === 0 ? 'it is the only one' : [...named, ...more].join('; ');
  return {
    refusal: `no other compute of zone ${zone} takes the instance ${instance.name} (${instance.cpus} vCPU, ${instance.memory} MiB) of ${from}: ${why}`,
  };
}

function byRoom(a: RoomyCompute, b: RoomyCompute): number {
  return b.memory - a.memory || (a.host < b.host ? -1 : 1);
}

function objection(instance: Moved, compute: RoomyCompute, occupancy: Occupancy): string | undefined {
  const { isUp, isEnabled, disabledReason, memory, cpus, host } = compute;
  if (!isUp) return 'is down';
  if (!isEnabled) return `is disabled${disabledReason === undefined ? '' : ` (${disabledReason})`}`;
  if (memory < instance.memory) return `has ${memory} MiB left`;
  if (cpus < instance.cpus) return `has ${cpus} vCPU left`;
  return groupObjection(instance.id, host, occupancy);
}

function groupObjection(id: string, host: string, { groups, hostOf }: Occupancy): string | undefined {
  for (const { policy, members } of groups) {
    if (!members.includes(id)) continue;
    const hosts = members.flatMap((member) => (member === id ? [] : (hostOf.get(member) ?? [])));
    if (policy === 'anti-affinity' && hosts.includes(host)) return 'has a member of its anti-affinity group';
    if (policy === 'affinity' && hosts.length > 0 && !hosts.includes(host))
      return 'is not where the members of its affinity group are';
  }
  return undefined;
}
