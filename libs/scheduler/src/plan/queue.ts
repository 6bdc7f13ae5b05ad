import type { Budgets, ScheduledMachine } from './machine.js';
import { type Blocker, Occupancy } from './occupancy.js';
import { urgencies } from './urgency.js';

/** A machine that waits, and what for. */
export interface Wait {
  readonly machine: string;
  readonly blocker: Blocker;
}

/**
 * The machines of an update in the order in which they should go. Machines to which the same budgets apply stand in one lane,
 * of which only the first need be asked: so a thousand machines cost little more than ten. Never changes, so that many
 * courses that begin alike can begin with it.
 */
export class Lineup {
  readonly lanes: readonly (readonly Place[])[];
  /** Where those belong that are under way, too: an attempt that fails is made again. */
  readonly #placeOf: ReadonlyMap<string, { readonly lane: number; readonly rank: number }>;

  constructor(machines: readonly ScheduledMachine[], budgets: Budgets) {
    const lanes = new Map<string, { readonly at: number; readonly waiting: Place[] }>();
    const placeOf = new Map<string, { readonly lane: number; readonly rank: number }>();
    for (const [rank, machine] of inOrder(machines, budgets).entries()) {
      const key = laneKey(machine);
      const lane = lanes.get(key) ?? { at: lanes.size, waiting: [] };
      lanes.set(key, lane);
      placeOf.set(machine.name, { lane: lane.at, rank });
      if (machine.state === 'waiting') lane.waiting.push({ machine, rank });
    }
    this.lanes = [...lanes.values()].map(({ waiting }) => waiting);
    this.#placeOf = placeOf;
  }

  placeOf(machine: ScheduledMachine): { readonly lane: number; readonly rank: number } | undefined {
    return this.#placeOf.get(machine.name);
  }
}

/** A machine that waits, and how many of all go before it by rank. */
interface Place {
  readonly machine: ScheduledMachine;
  readonly rank: number;
}

/** A lineup over the budgets its machines share, as it is used up. */
export class Queue {
  readonly #occupancy: Occupancy;
  readonly #lineup: Lineup;
  readonly #lanes: Lane[];

  constructor(machines: readonly ScheduledMachine[], budgets: Budgets, lineup = new Lineup(machines, budgets)) {
    this.#occupancy = new Occupancy(machines, budgets);
    this.#lineup = lineup;
    this.#lanes = lineup.lanes.map((waiting) => ({ waiting, at: 0 }));
  }

  /** The next machine that may go, taken; undefined when none may. */
  next(): ScheduledMachine | undefined {
    let best: Lane | undefined;
    let rank = Infinity;
    for (const lane of this.#lanes) {
      const first = lane.waiting[lane.at];
      if (first === undefined || first.rank > rank || !this.#occupancy.admits(first.machine)) continue;
      best = lane;
      rank = first.rank;
    }
    const machine = best?.waiting[best.at]?.machine;
    if (best === undefined || machine === undefined) return undefined;
    best.at += 1;
    this.#occupancy.take(machine);
    return machine;
  }

  /** A machine that was taken or was under way has ended: done, or to be tried again, at its old place in the order. */
  finish(machine: ScheduledMachine, isDone: boolean): void {
    this.#occupancy.giveBack(machine, isDone);
    const place = isDone ? undefined : this.#lineup.placeOf(machine);
    const lane = place === undefined ? undefined : this.#lanes[place.lane];
    if (place === undefined || lane === undefined) return;
    const left = lane.waiting.slice(lane.at);
    const after = left.findIndex(({ rank }) => rank > place.rank);
    left.splice(after < 0 ? left.length : after, 0, { machine, rank: place.rank });
    lane.waiting = left;
    lane.at = 0;
  }

  /** In the order of their ranks, lane by lane. */
  waits(): readonly Wait[] {
    return this.#lanes.flatMap(({ waiting, at }) =>
      waiting.slice(at).flatMap(({ machine }) => {
        const blocker = this.#occupancy.blockerOf(machine);
        return blocker === undefined ? [] : [{ machine: machine.name, blocker }];
      }),
    );
  }
}

interface Lane {
  waiting: readonly Place[];
  /** The first of `waiting` that has not gone. */
  at: number;
}

/** Machines that wait or are under way: by index of group, then the operator's order, then urgency, then length, then name. */
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
  return machines
    .filter(({ state }) => state === 'waiting' || state === 'running')
    .sort((a, b) => compared(a, b, keys));
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

/** Everything of a machine that a budget looks at. */
function laneKey({ group, zone, failureDomain, isGateway, quorums, instances, heldBy }: ScheduledMachine): string {
  return JSON.stringify([
    group,
    zone,
    failureDomain,
    isGateway === true,
    quorums ?? [],
    instances === undefined ? [] : [instances.pool, instances.capacity],
    heldBy?.lock,
  ]);
}
