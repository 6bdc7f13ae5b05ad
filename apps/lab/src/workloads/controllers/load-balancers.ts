import { parseKey } from '@keelson/api';
import { ownKey } from '../concerns.js';
import { ServiceKind } from '../kinds.js';
import { isEnding } from '../objects.js';
import type { Controller, Plane } from '../plane.js';

/** Gives Services of type LoadBalancer an address each, of 127.0.0.0/8, as MetalLB gives them one of its pool. */
export function loadBalancers(plane: Plane): Controller {
  const prefix = poolOf(plane.seed);
  return {
    name: 'load-balancer',
    concerns: (write) => ownKey(write, 'services'),
    async sync(key) {
      const service = await plane.api.get(ServiceKind, parseKey(key));
      if (service === undefined || isEnding(service)) return undefined;
      const isBalanced = service.spec.type === 'LoadBalancer';
      const has = service.status?.loadBalancer?.ingress?.[0] !== undefined;
      if (isBalanced === has) return undefined;
      const ingress = isBalanced ? [{ ip: await freeAddress(plane, prefix) }] : null;
      await plane.api.patch(ServiceKind, service.metadata, { status: { loadBalancer: { ingress } } }, 'status');
      return undefined;
    },
  };
}

async function freeAddress({ api }: Plane, prefix: string): Promise<string> {
  const services = await api.list(ServiceKind);
  const taken = new Set(services.map(({ status }) => status?.loadBalancer?.ingress?.[0]?.ip));
  for (let last = 1; last < 255; last += 1) if (!taken.has(`${prefix}.${last}`)) return `${prefix}.${last}`;
  throw new RangeError(`no address of ${prefix}.0/24 is free`);
}

/** A /24 of the cluster's own: two clusters of one lab do not meet there. */
function poolOf(seed: string): string {
  let hash = 0x811c9dc5;
  for (const char of seed) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  const number = hash >>> 0;
  return `127.${128 + (number % 100)}.${(number >>> 8) % 250}`;
}
