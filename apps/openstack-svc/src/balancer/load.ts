import { type HostSize, type PlacedInstance, type ServerGroup } from '@keelson/openstack';
import { transient } from '@keelson/std';
import type { BalanceHost, BalanceInput, BalanceInstance } from './balance.js';
import { type BalancerSettings, excludeTag, includeTag } from './balancer.settings.js';
import type { CloudLoad } from './cloud-load.js';
import type { MeasuredLoad } from './stacklight.js';

/** The load of the hosts that take part and of their instances. @throws Failure transient when it cannot be read */
export async function loadOf(cloud: CloudLoad, settings: BalancerSettings): Promise<BalanceInput> {
  const zones = new Map(
    (await cloud.services())
      .filter(({ host, isEnabled, isUp }) => isEnabled && isUp && isTaken(host, settings))
      .map(({ host, zone }) => [host, zone] as const),
  );
  const sizes = (await cloud.sizes()).filter(({ host }) => zones.has(host));
  const placed: PlacedInstance[] = [];
  for (const { host } of sizes) placed.push(...(await cloud.instancesOn(host)));
  const groups = await cloud.groups();
  const measured = settings.collector === 'nova' ? promised(sizes, placed) : await cloud.measured();
  const hosts = sizes.flatMap((size): readonly BalanceHost[] => {
    const load = measured.hosts.get(size.host);
    return load === undefined
      ? []
      : [{ name: size.host, zone: zones.get(size.host) ?? '', cpus: size.cpus, room: size.room, load }];
  });
  if (hosts.length === 0) {
    const message = `the load of none of the ${zones.size} hosts that take part and are in service is known`;
    throw transient(message, { reason: 'LoadUnknown' });
  }
  return {
    hosts,
    instances: movableOf(placed, groups, measured, settings),
    apart: apartIn(groups, placed),
    limits: settings.limits,
  };
}

function isTaken(host: string, { hosts }: BalancerSettings): boolean {
  return hosts.length === 0 || hosts.includes(host);
}

/** What instances may use at most, where nobody measures what they do: their CPUs, as a share of the host's. */
function promised(sizes: readonly HostSize[], placed: readonly PlacedInstance[]): MeasuredLoad {
  const running = placed.filter(({ status }) => status === 'ACTIVE' || status === 'MIGRATING');
  const on = (host: string): number =>
    running.filter((instance) => instance.host === host).reduce((sum, { cpus }) => sum + cpus, 0);
  return {
    hosts: new Map(sizes.map(({ host, cpus }) => [host, (on(host) / cpus) * 100])),
    instances: new Map(running.map(({ id, cpus }) => [id, cpus])),
  };
}

/** Those that may be moved: their owners say so, nothing ties them to others, and what they use is known. */
function movableOf(
  placed: readonly PlacedInstance[],
  groups: readonly ServerGroup[],
  { instances }: MeasuredLoad,
  { movesAny }: BalancerSettings,
): readonly BalanceInstance[] {
  const together = new Set(
    groups.filter(({ policy }) => /^(soft-)?affinity$/u.test(policy)).flatMap(({ members }) => members),
  );
  return placed.flatMap((instance) => {
    const { id, name, host, status, task, tags, memory, isLocked } = instance;
    const busy = instances.get(id);
    const isAllowed = movesAny ? !tags.includes(excludeTag) : tags.includes(includeTag) && !tags.includes(excludeTag);
    const isFree = status === 'ACTIVE' && task === null && !isLocked && !together.has(id);
    return busy === undefined || !isAllowed || !isFree || isKept(instance) ? [] : [{ id, name, host, busy, memory }];
  });
}

/** Its owner lets it not be moved for maintenance either. */
function isKept({ tags }: PlacedInstance): boolean {
  const prefix = 'openstack.lcm.mirantis.com:maintenance_action=';
  return tags.some((tag) => tag.startsWith(prefix) && tag !== `${prefix}live_migrate`);
}

function apartIn(groups: readonly ServerGroup[], placed: readonly PlacedInstance[]): BalanceInput['apart'] {
  const hosts = new Map(placed.map(({ id, host }) => [id, host]));
  return groups
    .filter(({ policy }) => /^(soft-)?anti-affinity$/u.test(policy))
    .map(({ members }) =>
      members.flatMap((id) => {
        const host = hosts.get(id);
        return host === undefined ? [] : [{ id, host }];
      }),
    );
}
