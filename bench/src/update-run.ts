import {
  type Attempt,
  breaches,
  decide,
  type DurationRecord,
  lowerBoundSeconds,
  playOut,
  type ScheduledMachine,
} from '@keelson/scheduler';
import { classOf, type Cloud } from './update-cloud.js';

/** An update as it went. */
export interface Played {
  readonly seconds: number;
  readonly violations: number;
  readonly events: readonly Event[];
  readonly records: readonly DurationRecord[];
}

export interface Event {
  readonly at: number;
  readonly machine: string;
  readonly state: ScheduledMachine['state'];
}

/** Plays an update by the product's scheduler; where it is judged, the oracle counts budgets anew after every start. */
export function played(cloud: Cloud, machines: readonly ScheduledMachine[], update: number, isJudged = false): Played {
  const attempts = new Attempts(cloud, update);
  const states = new Map(machines.map((machine) => [machine.name, machine]));
  const begun = new Map<string, number>();
  const events: Event[] = [];
  const records: DurationRecord[] = [];
  let violations = 0;
  const note = (machine: ScheduledMachine, state: ScheduledMachine['state'], at: number): void => {
    states.set(machine.name, { ...machine, state });
    events.push({ at, machine: machine.name, state });
    if (isJudged && state === 'running') violations += breaches([...states.values()], cloud.budgets).length;
  };
  const { seconds, left } = playOut({
    machines,
    budgets: cloud.budgets,
    attempt: ({ name }) => attempts.next(name),
    onStart: (machine, at) => {
      begun.set(machine.name, at);
      note(machine, 'running', at);
    },
    onEnd: (machine, at, succeeded) => {
      records.push(recordOf(machine, update, at - (begun.get(machine.name) ?? 0), !succeeded));
      note(machine, succeeded ? 'done' : 'waiting', at);
    },
  });
  if (left > 0) throw new Error(`${left} machines of the made-up cloud could never go`);
  return { seconds, violations, events, records };
}

/** Batches: what may go goes together, and nothing more before the last of it has ended. */
export function inBatches(cloud: Cloud, machines: readonly ScheduledMachine[], update: number): number {
  const attempts = new Attempts(cloud, update);
  let states = machines;
  let seconds = 0;
  for (;;) {
    const start = new Set(decide(states, cloud.budgets).start);
    if (start.size === 0) return seconds;
    const ended = new Set<string>();
    let longest = 0;
    for (const name of start) {
      const attempt = attempts.next(name);
      longest = Math.max(longest, attempt.seconds);
      if (attempt.succeeds) ended.add(name);
    }
    seconds += longest;
    states = states.map((machine) => (ended.has(machine.name) ? { ...machine, state: 'done' as const } : machine));
  }
}

/** One machine after the other. */
export function oneByOne(cloud: Cloud, update: number): number {
  return [...cloud.course(update).values()].flat().reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The machines with what each will really take: for the scheduler without the part of luck. */
export function knowing(cloud: Cloud, update: number): readonly ScheduledMachine[] {
  const course = cloud.course(update);
  return cloud.machines.map((machine) => ({
    ...machine,
    expectedSeconds: (course.get(machine.name) ?? []).reduce((sum, { seconds }) => sum + seconds, 0),
  }));
}

/** The machines with what each takes on average: for the scheduler when there is no more to learn. */
export function averaging({ machines, means }: Cloud): readonly ScheduledMachine[] {
  return machines.map((machine) => ({ ...machine, expectedSeconds: means.get(machine.name) ?? 0 }));
}

/** What no schedule can beat, given what each machine really took, its failed attempts with it. */
export function boundOf(cloud: Cloud, update: number): number {
  return lowerBoundSeconds(knowing(cloud, update), cloud.budgets);
}

/** The attempts of one update, handed out in order. */
class Attempts {
  readonly #course: ReadonlyMap<string, readonly Attempt[]>;
  readonly #made = new Map<string, number>();

  constructor(cloud: Cloud, update: number) {
    this.#course = cloud.course(update);
  }

  next(name: string): Attempt {
    const made = this.#made.get(name) ?? 0;
    this.#made.set(name, made + 1);
    return this.#course.get(name)?.[made] ?? { seconds: 0, succeeds: true };
  }
}

function recordOf(
  { name, expectedSeconds }: ScheduledMachine,
  update: number,
  seconds: number,
  failed: boolean,
): DurationRecord {
  return { update: `update-${update}`, machine: name, machineClass: classOf(name), seconds, expectedSeconds, failed };
}
