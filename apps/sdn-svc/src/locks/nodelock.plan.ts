import { isNodeReady, type NodeLockFacts, type NodeLockVerdict } from '@keelson/mosk';
import type { NodeRole } from '../names.js';

export interface NodeLockWorld extends NodeLockFacts {
  readonly roles: readonly NodeRole[];
  /** The node whose turn it is among those that are asked for; one at a time. */
  readonly turn: string | undefined;
  /** Nodes other than this one whose vRouter is not ready, although they are in use. */
  readonly lateVRouters: readonly string[];
  /** Whether the vRouter of this node is ready; true for nodes without one. */
  readonly hasVRouter: boolean;
  /** Databases that would lose their quorum with one more member, as sentences. */
  readonly quorums: readonly string[];
}

/** What becomes of a lock. The checks come in order; the first that does not hold is told. */
export function verdictOf(world: NodeLockWorld): NodeLockVerdict<never> {
  const isInactive = world.lock.status?.state === 'inactive';
  if (world.request === undefined && world.deletion === undefined)
    return isInactive ? returned(world) : { state: 'active' };
  if (isInactive) return { state: 'inactive' };
  const hindrance = [notItsTurn, vRouterElsewhere, quorumLost].flatMap((check) => check(world) ?? [])[0];
  if (hindrance === undefined) return { state: 'inactive' };
  const { turn, lock, lateVRouters } = world;
  const isItsTurn = turn === undefined || turn === lock.spec.nodeName;
  const name = isItsTurn ? (lateVRouters[0] ?? lock.spec.nodeName) : turn;
  return { state: 'active', hindrance, on: { kind: 'Node', name } };
}

function notItsTurn({ turn, lock }: NodeLockWorld): string | undefined {
  if (turn === undefined || turn === lock.spec.nodeName) return undefined;
  return `one node of OpenSDN is worked on at a time, and now it is ${turn}`;
}

function vRouterElsewhere({ lateVRouters }: NodeLockWorld): string | undefined {
  if (lateVRouters.length === 0) return undefined;
  return `the vRouter is not ready on ${lateVRouters.slice(0, 3).join(', ')}${lateVRouters.length > 3 ? ` and ${lateVRouters.length - 3} more` : ''}`;
}

function quorumLost({ roles, quorums }: NodeLockWorld): string | undefined {
  if (!roles.includes('database') || quorums.length === 0) return undefined;
  return `a quorum would be lost: ${quorums.join('; ')}`;
}

/** Back in service: node Ready, and the vRouter on it. */
function returned({ lock, node, hasVRouter }: NodeLockWorld): NodeLockVerdict<never> {
  const { nodeName } = lock.spec;
  if (!isNodeReady(node)) return { state: 'inactive', hindrance: `waits for node ${nodeName} to be Ready` };
  if (!hasVRouter) return { state: 'inactive', hindrance: `waits for the vRouter on ${nodeName} to be ready` };
  return { state: 'active' };
}
