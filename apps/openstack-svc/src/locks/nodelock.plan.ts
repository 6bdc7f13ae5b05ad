import { isNodeReady, type NodeLockVerdict } from '@keelson/mosk';
import type { Instance } from '@keelson/openstack';
import { sha256Json } from '@keelson/std';
import { type Exodus, exodusText, stayingIn } from './instances.js';
import type { NodeRole } from './lock-controller.js';
import type { NodeLockWorld } from './nodelock.world.js';

export type NodeLockStep =
  | { readonly type: 'disable'; readonly service: string; readonly node: string; readonly reason: string }
  | { readonly type: 'enable'; readonly service: string; readonly node: string }
  | { readonly type: 'migrate'; readonly lock: string; readonly instance: Instance };

/** How many nodes of a part may be released at once, and instances moved at once from one node. */
export const limits: Readonly<Record<NodeRole, number>> = { controller: 1, gateway: 1, compute: 30 };
export const migrateAtOnce = 1;
/** OpenStack has no watch: it is asked again after so long. */
const askSeconds = 10;

type Verdict = NodeLockVerdict<NodeLockStep>;

/** What becomes of a lock. The checks come in order; the first that does not hold is told. */
export function verdictOf(world: NodeLockWorld): Verdict {
  return { lookAfterSeconds: askSeconds, ...decided(world) };
}

function decided(world: NodeLockWorld): Verdict {
  const { request, deletion, lock } = world;
  if (request === undefined && deletion === undefined)
    return lock.status?.state === 'inactive' ? returned(world) : { state: 'active' };
  if (lock.status?.state === 'inactive') return { state: 'inactive' };
  const hindrance = overLimit(world) ?? quorumLost(world);
  if (hindrance !== undefined) return { state: 'active', hindrance };
  return world.roles.includes('compute') && world.cloud?.status?.services?.['compute'] !== undefined
    ? freed(world)
    : { state: 'inactive' };
}

function overLimit({ roles, released, compute }: NodeLockWorld): string | undefined {
  for (const role of roles) {
    const others = released.filter((other) => other.roles.includes(role));
    if (others.length >= limits[role])
      return `${others.length} of ${limits[role]} ${role} nodes may be worked on at once, and are: ${others.map(({ node }) => node).join(', ')}`;
  }
  const zone = compute?.service?.zone;
  const elsewhere = compute?.releasedZones.find((other) => other !== zone);
  if (zone === undefined || elsewhere === undefined) return undefined;
  return `computes of one availability zone are worked on at a time, and now it is ${elsewhere}`;
}

function quorumLost({ roles, quorums }: NodeLockWorld): string | undefined {
  return roles.includes('controller') && quorums.length > 0
    ? `a quorum would be lost: ${quorums.join('; ')}`
    : undefined;
}

/** The compute takes no new instances; then those that are there leave or are let be. */
function freed({ lock, request, deletion, compute, trouble }: NodeLockWorld): Verdict {
  const node = lock.spec.nodeName;
  if (compute === undefined)
    return { state: 'active', hindrance: `the compute API cannot be asked: ${trouble ?? 'not known'}` };
  const { service, exodus, count } = compute;
  if (service?.isEnabled === true) {
    const reason =
      deletion === undefined
        ? `maintenance of the node: ${request?.metadata.name ?? ''}`
        : `deletion of the node: ${deletion.metadata.name}`;
    return {
      state: 'active',
      steps: [{ type: 'disable', service: service.id, node, reason }],
      hindrance: 'the compute service is being disabled',
      lookAfterSeconds: 'now',
    };
  }
  if (deletion !== undefined && count > 0)
    return {
      state: 'active',
      hindrance: `the node cannot be deleted while it has ${count} instances: move or delete them`,
    };
  if (request?.spec.scope !== 'os' || exodus === undefined || exodus.isFree) return { state: 'inactive' };
  const steps = [...exodus.movable]
    .sort((a, b) => (shuffleKey(a) < shuffleKey(b) ? -1 : 1))
    .slice(0, Math.max(0, migrateAtOnce - exodus.moving.length))
    .map((instance) => ({ type: 'migrate', lock: lock.metadata.name, instance }) as const);
  return { state: 'active', steps, hindrance: exodusText(exodus), progress: progressOf(exodus, compute.most) };
}

/** @param most instances there were to move at first */
function progressOf(exodus: Exodus, most: number): Verdict['progress'] {
  const left = stayingIn(exodus);
  const percentage = most === 0 ? 0 : Math.floor(((most - left) / most) * 100);
  return {
    description: `instances leave the node: ${most - left} of ${most} have`,
    percentage: Math.max(0, percentage),
  };
}

/** An order that has nothing to do with the age or owner of instances. */
function shuffleKey({ id }: Instance): string {
  return sha256Json(id);
}

/** Back in service: node Ready, compute enabled and up. */
function returned({ lock, node, roles, compute, trouble, cloud }: NodeLockWorld): Verdict {
  if (!isNodeReady(node)) return { state: 'inactive', hindrance: `waits for node ${lock.spec.nodeName} to be Ready` };
  if (!roles.includes('compute') || cloud?.status?.services?.['compute'] === undefined) return { state: 'active' };
  if (compute === undefined)
    return { state: 'inactive', hindrance: `the compute API cannot be asked: ${trouble ?? 'not known'}` };
  const { service } = compute;
  if (service === undefined) return { state: 'active' };
  if (!service.isUp) return { state: 'inactive', hindrance: 'waits for nova-compute to be up' };
  if (service.isEnabled) return { state: 'active' };
  return {
    state: 'inactive',
    steps: [{ type: 'enable', service: service.id, node: lock.spec.nodeName }],
    hindrance: 'the compute service is being enabled',
    lookAfterSeconds: 'now',
  };
}
