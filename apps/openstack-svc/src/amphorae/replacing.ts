import type { LoadBalancer } from '@keelson/openstack';
import { rfc3339 } from '@keelson/std';
import type { AmphoraRotation } from '../cloud/amphora-rotation.js';
import type { Balancing } from './amphorae.world.js';

/** So many load balancers are failed over at once: each makes servers. */
const atOnce = 2;
/** A failover makes two servers, for each of which Octavia waits up to 17 minutes. */
const deadlineMs = 3_600_000;
/** A failover that has failed is ordered again after a minute, and from the third on every ten; then it is told. */
const retryMs = 60_000;
const slowRetryMs = 600_000;
const attemptsToTell = 3;

type Tried = AmphoraRotation['tried'];

/** Load balancers that have amphorae of before, or were worked on and are not whole again. */
export interface Replacing {
  readonly left: readonly LoadBalancer[];
  readonly tried: Tried;
  /** To be failed over now. */
  readonly begin: readonly LoadBalancer[];
  /** Those that do not get on, the first of which is told; none is begun beside them. */
  readonly stuck: readonly LoadBalancer[];
  readonly trouble: string | undefined;
}

/** The time, by Octavia's clock, up to which amphorae count as of before: every one that is there now. */
export function markOf({ amphorae }: Balancing): string | undefined {
  return amphorae
    .map(({ createdAt }) => createdAt)
    .sort()
    .at(-1);
}

/** Which load balancers are still to be done, and what is done about them now. Pure. */
export function replacingOf(now: number, rotation: AmphoraRotation, balancing: Balancing): Replacing {
  const left = leftOf(rotation, balancing);
  const known = Object.fromEntries(left.flatMap(({ id }) => (id in rotation.tried ? [[id, rotation.tried[id]]] : [])));
  const seen = withSeen(now, left, known as Tried);
  const stuck = left.filter((one) => isStuck(now, one, seen));
  const underWay = left.filter((one) => isBusy(one) && (seen[one.id]?.attempts ?? 0) > 0 && !stuck.includes(one));
  const again = stuck.filter((one) => isFree(now, one, seen));
  const others = stuck.length > 0 ? [] : left.filter((one) => isFree(now, one, seen));
  const begin = [...again, ...others.sort(brokenLast)].slice(0, Math.max(0, atOnce - underWay.length));
  const ordered = begin.map(({ id }) => [id, { at: rfc3339(now), attempts: (seen[id]?.attempts ?? 0) + 1 }] as const);
  return {
    left,
    tried: { ...seen, ...Object.fromEntries(ordered) },
    begin,
    stuck,
    trouble: stuck[0] && troubleOf(stuck[0], stuck.length),
  };
}

function leftOf({ until, tried }: AmphoraRotation, { amphorae, loadBalancers }: Balancing): readonly LoadBalancer[] {
  const isOld = (createdAt: string): boolean => until !== undefined && createdAt <= until;
  const old = new Set(amphorae.flatMap((one) => (isOld(one.createdAt) ? [one.loadBalancer] : [])));
  return loadBalancers.filter(
    ({ id, provisioningStatus }) => old.has(id) || (id in tried && provisioningStatus !== 'ACTIVE'),
  );
}

/** Who is worked on by others is waited for, from when that was first seen. */
function withSeen(now: number, left: readonly LoadBalancer[], tried: Tried): Tried {
  const busy = left.filter((one) => isBusy(one) && tried[one.id] === undefined);
  return { ...tried, ...Object.fromEntries(busy.map(({ id }) => [id, { at: rfc3339(now), attempts: 0 }])) };
}

function isBusy({ provisioningStatus }: LoadBalancer): boolean {
  return provisioningStatus.startsWith('PENDING_');
}

function isStuck(now: number, balancer: LoadBalancer, tried: Tried): boolean {
  const known = tried[balancer.id];
  if (known === undefined) return false;
  return isBusy(balancer) ? now - Date.parse(known.at) > deadlineMs : known.attempts >= attemptsToTell;
}

/** It may be failed over now. */
function isFree(now: number, balancer: LoadBalancer, tried: Tried): boolean {
  if (isBusy(balancer)) return false;
  const { at, attempts } = tried[balancer.id] ?? { at: '', attempts: 0 };
  if (attempts === 0) return true;
  return now - Date.parse(at) >= (attempts >= attemptsToTell ? slowRetryMs : retryMs);
}

/** One that was in ERROR before must not keep those that are well from their turn. */
function brokenLast(a: LoadBalancer, b: LoadBalancer): number {
  const rank = ({ id, provisioningStatus }: LoadBalancer): string => `${provisioningStatus === 'ERROR' ? 1 : 0} ${id}`;
  return rank(a) < rank(b) ? -1 : 1;
}

function troubleOf(balancer: LoadBalancer, count: number): string {
  const { id, name, provisioningStatus: status } = balancer;
  const what = isBusy(balancer)
    ? `is ${status} for more than ${deadlineMs / 60_000} minutes`
    : status === 'ERROR'
      ? 'stays in ERROR after a failover'
      : 'keeps its amphorae after a failover';
  const more = count > 1 ? `, and ${count - 1} more do not get on` : '';
  return `the load balancer ${name === '' ? id : `${name} (${id})`} ${what}${more}`;
}
