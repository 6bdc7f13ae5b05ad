/** One machine of an update, as far as it matters when it goes. */
export interface ScheduledMachine {
  readonly name: string;
  /** Its UpdateGroup. */
  readonly group: string;
  readonly state: MachineState;
  /** How long its update is expected to take. */
  readonly expectedSeconds: number;
  /** What an operator set: lower goes first inside its group, before all that have none. */
  readonly order?: number;
  /** Availability zone. */
  readonly zone?: string;
  /** Ceph failure domain; absent on machines without storage. */
  readonly failureDomain?: string;
  readonly isGateway?: boolean;
  /** Quorum services that have a member on it. */
  readonly quorums?: readonly string[];
  /** Room for instances, and what its own take; absent on machines without any. */
  readonly instances?: InstanceRoom;
  /** Done, and out of service for a reason of its own: it counts against every budget but the width of its group. */
  readonly isAway?: boolean;
  /** A lock of its node that keeps it from its turn, and what to do about it. */
  readonly heldBy?: { readonly lock: string; readonly message: string };
}

/**
 * waiting: may go; running: is being updated; done; failed: its update ended badly and it is not back in service; down: out
 * of service for a reason of its own. The last three but done count as disturbed.
 */
export type MachineState = 'waiting' | 'running' | 'done' | 'failed' | 'down';

/** In any one unit: instances of a pool can move to every other machine of it, and to no other. */
export interface InstanceRoom {
  readonly pool: string;
  readonly capacity: number;
  readonly load: number;
}

/** What an update may disturb at once. */
export interface Budgets {
  readonly groups: readonly GroupBudget[];
  /** Machines of all groups together; no limit unless given. */
  readonly machinesAtOnce?: number;
  /** Availability zones with a disturbed machine; no limit unless given. */
  readonly zonesAtOnce?: number;
  /** Ceph failure domains with a disturbed machine; 1 unless given. */
  readonly failureDomainsAtOnce?: number;
  /** Gateways; 1 unless given. */
  readonly gatewaysAtOnce?: number;
  readonly quorums?: readonly QuorumBudget[];
  /** Pools in which room is kept free beside what instances take, by name. */
  readonly reserves?: Readonly<Record<string, number>>;
}

export interface GroupBudget {
  readonly name: string;
  /** Groups of a lower index are done before; those of the same index go side by side. */
  readonly index: number;
  readonly concurrent: number;
  /** The group goes on while no more machines than this have failed; 0 unless given. */
  readonly failuresTolerated?: number;
  /** Why nothing of it may start: not commenced, paused. */
  readonly held?: string;
}

export interface QuorumBudget {
  readonly name: string;
  /** Members that may be away at once. */
  readonly mayLack: number;
}

/** How many of `members` may be away while the others are still a majority. */
export function majorityKept(members: number): number {
  return Math.max(0, Math.floor((members - 1) / 2));
}

export const isDisturbed = ({ state, isAway }: ScheduledMachine): boolean =>
  state === 'running' || state === 'failed' || state === 'down' || (state === 'done' && isAway === true);
