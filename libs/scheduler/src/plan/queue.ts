import type { Budgets, ScheduledMachine } from './machine.js';
import { type Blocker, Occupancy } from './occupancy.js';
import { urgencies } from './urgency.js';

/** A machine that waits, and what for. */
export interface Wait {
  readonly machine: string;
  readonly blocker: Blocker;
}

/**
 * The machines of an update in the order in which they should go, over the budgets they share. Machines to which the same
 * budgets apply stand in one lane, of which only the first need be asked: so a thousand machines cost little more than ten.
 */
export class Queue {
  readonly #occupancy: Occupancy;
  readonly #lanes: ReadonlyMap<string, Lane>;

  constructor(machines: readonly ScheduledMachine[], budgets: Budgets) {
    this.#occupancy = new Occupancy(machines, budgets);
    this.#lanes = lanesOf(inOrder(machines, budgets));
  }

  /** The next machine that may go, taken; undefined when none may. */
  next(): ScheduledMachine | undefined {
    for (const lane of this.#inTurn()) {
      const first = lane.members[lane.at] as ScheduledMachine;
      if (this.#occupancy.blockerOf(first) !== undefined) continue;
      lane.at += 1;
      this.#occupancy.take(first);
      return first;
    }
    return undefined;
  }

  /** A machine that was taken has ended: done, or to be tried again, at its old place in the order. */
  finish(machine: ScheduledMachine, isDone: boolean): void {
    this.#occupancy.giveBack(machine, isDone);
    const lane = isDone ? undefined : this.#lanes.get(laneKey(machine));
    if (lane === undefined) return;
    const rank = lane.rankOf.get(machine.name) ?? Infinity;
    const place = lane.members.findIndex((member, i) => i >= lane.at && (lane.rankOf.get(member.name) ?? 0) > rank);
    lane.members.splice(place < 0 ? lane.members.length : place, 0, machine);
  }

  waits(): readonly Wait[] {
    return [...this.#lanes.values()].flatMap(({ members, at }) =>
      members.slice(at).flatMap((machine) => {
        const blocker = this.#occupancy.blockerOf(machine);
        return blocker === undefined ? [] : [{ machine: machine.name, blocker }];
      }),
    );
  }

  /** Lanes with somebody in them, by the rank of their first. */
  #inTurn(): readonly Lane[] {
    const rank = ({ members, rankOf, at }: Lane): number => rankOf.get(members[at]?.name ?? '') ?? Infinity;
    return [...this.#lanes.values()].filter(({ members, at }) => at < members.length).sort((a, b) => rank(a) - rank(b));
  }
}

interface Lane {
  readonly members: ScheduledMachine[];
  /** Place of each member among all machines, by name. */
  readonly rankOf: Map<string, number>;
  /** The first of `members` that has not gone. */
  at: number;
}

/** Waiting machines: by index of group, then the operator's order, then urgency, then length, then name. */
function inOrder(machines: readonly ScheduledMachine[], budgets: Budgets): readonly ScheduledMachine[] {
  const urgency = urgencies(machines, budgets);
  const index = new Map(budgets.groups.map((group) => [group.name, group.index]));
  const keys = new Map(
    machines.map((machine) => [
      machine,
      [
        index.get(machine.group) ?? Infinity,
        machine.order ?? Infinity,
        -(urgency.get(machine.name) ?? 0),
        -machine.expectedSeconds,
      ],
    ]),
  );
  return machines.filter(({ state }) => state === 'waiting').sort((a, b) => compared(a, b, keys));
}

function compared(
  a: ScheduledMachine,
  b: ScheduledMachine,
  keys: ReadonlyMap<ScheduledMachine, readonly number[]>,
): number {
  const [left = [], right = []] = [keys.get(a), keys.get(b)];
  for (const [at, value] of left.entries()) {
    const other = right[at] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return a.name < b.name ? -1 : 1;
}

function lanesOf(machines: readonly ScheduledMachine[]): ReadonlyMap<string, Lane> {
  const lanes = new Map<string, Lane>();
  for (const [rank, machine] of machines.entries()) {
    const key = laneKey(machine);
    const lane = lanes.get(key) ?? { members: [], rankOf: new Map<string, number>(), at: 0 };
    lane.members.push(machine);
    lane.rankOf.set(machine.name, rank);
    lanes.set(key, lane);
  }
  return lanes;
}

/** Everything of a machine that a budget looks at. */
function laneKey({ group, zone, failureDomain, isGateway, quorums, instances, heldBy }: ScheduledMachine): string {
  return JSON.stringify([
    group,
    zone,
    failureDomain,
    isGateway === true,
    quorums ?? [],
    instances === undefined ? [] : [instances.pool, instances.capacity],
    heldBy,
  ]);
}
