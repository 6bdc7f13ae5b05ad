import type { Node, NodeDeletionRequest, NodeMaintenanceRequest, NodeWorkloadLock, Reference } from '@keelson/api';
import { type Plan, settled, waitingOn } from '@keelson/reconcile';
import type { NodeRole } from '../names.js';

export interface NodeLockWorld {
  readonly lock: NodeWorkloadLock;
  readonly isOurs: boolean;
  readonly node: Node | undefined;
  readonly roles: readonly NodeRole[];
  readonly request: NodeMaintenanceRequest | undefined;
  readonly deletion: NodeDeletionRequest | undefined;
  /** The node whose turn it is among those that are asked for; one at a time. */
  readonly turn: string | undefined;
  /** Nodes other than this one whose vRouter is not ready. */
  readonly lateVRouters: readonly string[];
  /** Whether the vRouter of this node is ready; true for nodes without one. */
  readonly hasVRouter: boolean;
  /** Databases that would lose their quorum with one more member, as sentences. */
  readonly quorums: readonly string[];
}

/** What the lock should be, and why it is not what is asked for. */
export interface Verdict {
  readonly state: 'active' | 'inactive';
  readonly hindrance?: string;
}

/** What becomes of a lock. The checks come in order; the first that does not hold is told. */
export function verdictOf(world: NodeLockWorld): Verdict {
  const isInactive = world.lock.status?.state === 'inactive';
  if (world.request === undefined && world.deletion === undefined)
    return isInactive ? returned(world) : { state: 'active' };
  if (isInactive) return { state: 'inactive' };
  const hindrance = [notItsTurn, vRouterElsewhere, quorumLost].flatMap((check) => check(world) ?? [])[0];
  return hindrance === undefined ? { state: 'inactive' } : { state: 'active', hindrance };
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
function returned({ lock, node, hasVRouter }: NodeLockWorld): Verdict {
  const { nodeName } = lock.spec;
  const isReady = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  if (!isReady) return { state: 'inactive', hindrance: `waits for node ${nodeName} to be Ready` };
  if (!hasVRouter) return { state: 'inactive', hindrance: `waits for the vRouter on ${nodeName} to be ready` };
  return { state: 'active' };
}

export function planNodeLock(world: NodeLockWorld): Plan<never> {
  const hindrance = world.isOurs ? verdictOf(world).hindrance : undefined;
  if (hindrance === undefined) return { steps: [], outcome: settled };
  const on: Reference = { kind: 'Node', name: world.turn ?? world.lock.spec.nodeName };
  return { steps: [], outcome: waitingOn(on, 'NotReleased', hindrance, 60) };
}
