import { nodeLabels, type NodeRole } from '../names.js';
import type { OpenSdn } from './opensdn.js';

/** Addresses of the nodes with a part, in the order of their names. */
export function addressesOf({ nodes, spec }: OpenSdn, role: NodeRole): string | undefined {
  if (role === 'analytics' && spec.services?.analytics?.enabled === false) return undefined;
  const addresses = nodes
    .filter(({ labels }) => labels[nodeLabels[role]] === 'enabled')
    .map(({ name, address }) => address ?? name);
  return addresses.length === 0 ? undefined : addresses.join(',');
}

/** How many members each has: as many as asked for, or three, not more than there are nodes for them; never fewer than before. */
export function memberCount({ nodes, spec, membersBefore }: OpenSdn): number {
  const room = nodes.filter(({ labels }) => labels[nodeLabels.database] === 'enabled').length;
  return Math.max(membersBefore, Math.min(spec.features?.cassandra?.replicas ?? 3, Math.max(1, room)));
}
