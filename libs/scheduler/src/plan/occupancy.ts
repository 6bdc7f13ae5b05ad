import { type Budgets, type GroupBudget, type ScheduledMachine, isDisturbed } from './machine.js';
import { Tally } from './tally.js';

/** Why a machine waits: what holds it, who that is, and a sentence for operators. */
export interface Blocker {
  readonly reason: BlockReason;
  /** Names of the machines that must move first; of the holder of a lock, of a group or of a service where it is that. */
  readonly by: readonly string[];
  readonly message: string;
}

export type BlockReason =
  | 'UnknownGroup'
  | 'GroupHeld'
  | 'HeldByLock'
  | 'PredecessorGroup'
  | 'GroupFailed'
  | 'GroupConcurrency'
  | 'MachinesAtOnce'
  | 'GatewaysAtOnce'
  | 'ZonesAtOnce'
  | 'FailureDomainsAtOnce'
  | 'Quorum'
  | 'InstanceRoom';

/** What of the budgets is in use. Every check is a few lookups, so that a whole update can be played through quickly. */
export class Occupancy {
  readonly #budgets: Budgets;
  readonly #groups: ReadonlyMap<string, GroupBudget>;
  readonly #mayLack: ReadonlyMap<string, number>;
  readonly #running = new Tally();
  readonly #failed = new Tally();
  readonly #zones = new Tally();
  readonly #domains = new Tally();
  readonly #quorums = new Tally();
  readonly #gateways = new Set<string>();
  readonly #all = new Set<string>();
  /** Machines not done, by index of their group. */
  readonly #left = new Map<number, number>();
  readonly #pools = new Map<string, { up: number; load: number }>();

  constructor(machines: readonly ScheduledMachine[], budgets: Budgets) {
    this.#budgets = budgets;
    this.#groups = new Map(budgets.groups.map((group) => [group.name, group]));
    this.#mayLack = new Map((budgets.quorums ?? []).map(({ name, mayLack }) => [name, mayLack]));
    for (const machine of machines) this.#enter(machine);
  }

  /** What keeps a waiting machine from starting; undefined when nothing does. */
  blockerOf(machine: ScheduledMachine): Blocker | undefined {
    return this.#refusalOf(machine)?.();
  }

  /** Whether a waiting machine may start. */
  admits(machine: ScheduledMachine): boolean {
    return this.#refusalOf(machine) === undefined;
  }

  /** A machine begins: it counts against every budget it belongs to. */
  take(machine: ScheduledMachine): void {
    this.#disturb(machine);
    this.#running.add(machine.group, machine.name);
  }

  /** A machine that was taken is back in service, done or to be tried again. */
  giveBack(machine: ScheduledMachine, isDone: boolean): void {
    this.#running.remove(machine.group, machine.name);
    this.#all.delete(machine.name);
    this.#gateways.delete(machine.name);
    if (machine.zone !== undefined) this.#zones.remove(machine.zone, machine.name);
    if (machine.failureDomain !== undefined) this.#domains.remove(machine.failureDomain, machine.name);
    for (const quorum of machine.quorums ?? []) this.#quorums.remove(quorum, machine.name);
    if (machine.instances !== undefined) this.#pool(machine.instances.pool).up += machine.instances.capacity;
    if (isDone) this.#leave(machine);
  }

  #enter(machine: ScheduledMachine): void {
    const { instances } = machine;
    if (instances !== undefined) {
      const pool = this.#pool(instances.pool);
      pool.up += instances.capacity;
      pool.load += instances.load;
    }
    const index = this.#groups.get(machine.group)?.index;
    if (machine.state !== 'done' && index !== undefined) this.#left.set(index, (this.#left.get(index) ?? 0) + 1);
    if (machine.state === 'running') this.take(machine);
    else if (isDisturbed(machine)) this.#disturb(machine);
    if (machine.state === 'failed') {
      this.#failed.add(machine.group, machine.name);
      this.#running.add(machine.group, machine.name);
    }
  }

  #disturb(machine: ScheduledMachine): void {
    this.#all.add(machine.name);
    if (machine.isGateway === true) this.#gateways.add(machine.name);
    if (machine.zone !== undefined) this.#zones.add(machine.zone, machine.name);
    if (machine.failureDomain !== undefined) this.#domains.add(machine.failureDomain, machine.name);
    for (const quorum of machine.quorums ?? []) this.#quorums.add(quorum, machine.name);
    if (machine.instances !== undefined) this.#pool(machine.instances.pool).up -= machine.instances.capacity;
  }

  #leave(machine: ScheduledMachine): void {
    const index = this.#groups.get(machine.group)?.index;
    if (index === undefined) return;
    const left = (this.#left.get(index) ?? 1) - 1;
    if (left === 0) this.#left.delete(index);
    else this.#left.set(index, left);
  }

  #pool(name: string): { up: number; load: number } {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const made = { up: 0, load: 0 };
    this.#pools.set(name, made);
    return made;
  }

  #refusalOf(machine: ScheduledMachine): Refusal | undefined {
    const { group: name } = machine;
    const group = this.#groups.get(name);
    if (group === undefined)
      return () => ({ reason: 'UnknownGroup', by: [name], message: `there is no update group ${name}` });
    return this.#heldBack(machine, group) ?? this.#overWidth(machine, group) ?? this.#overDomains(machine);
  }

  /** What time alone does not cure comes first: it is what an operator must know. */
  #heldBack({ heldBy }: ScheduledMachine, group: GroupBudget): Refusal | undefined {
    const { held } = group;
    if (held !== undefined)
      return () => ({ reason: 'GroupHeld', by: [group.name], message: `update group ${group.name}: ${held}` });
    if (heldBy !== undefined)
      return () => ({
        reason: 'HeldByLock',
        by: [heldBy.lock],
        message: heldBy.message,
      });
    if (this.#failed.count(group.name) > (group.failuresTolerated ?? 0)) return () => this.#groupFailed(group);
    for (const index of this.#left.keys()) if (index < group.index) return () => this.#predecessor(index, group);
    return undefined;
  }

  #groupFailed(group: GroupBudget): Blocker {
    const failed = this.#failed.of(group.name);
    const message = `the update of ${named(failed)} in group ${group.name} failed; cure it, then the group goes on`;
    return { reason: 'GroupFailed', by: failed, message };
  }

  #predecessor(index: number, group: GroupBudget): Blocker {
    const before = [...this.#groups.values()].filter((other) => other.index === index).map(({ name }) => name);
    const message = `group ${group.name} (index ${group.index}) comes after ${named(before)} (index ${index})`;
    return { reason: 'PredecessorGroup', by: before, message };
  }

  #overWidth(machine: ScheduledMachine, group: GroupBudget): Refusal | undefined {
    if (this.#running.count(group.name) >= group.concurrent)
      return () =>
        blocker(
          'GroupConcurrency',
          this.#running.of(group.name),
          `group ${group.name} takes ${group.concurrent} at once`,
        );
    const most = this.#budgets.machinesAtOnce ?? Infinity;
    if (this.#all.size >= most)
      return () => blocker('MachinesAtOnce', [...this.#all], `at most ${most} machines may be disturbed at once`);
    const gateways = this.#budgets.gatewaysAtOnce ?? 1;
    if (machine.isGateway === true && this.#gateways.size >= gateways)
      return () =>
        blocker('GatewaysAtOnce', [...this.#gateways], `at most ${gateways} gateways may be disturbed at once`);
    return undefined;
  }

  #overDomains(machine: ScheduledMachine): Refusal | undefined {
    const { zonesAtOnce = Infinity, failureDomainsAtOnce = 1 } = this.#budgets;
    return (
      opens(this.#zones, machine.zone, zonesAtOnce, 'ZonesAtOnce', 'availability zones') ??
      opens(this.#domains, machine.failureDomain, failureDomainsAtOnce, 'FailureDomainsAtOnce', 'failure domains') ??
      this.#withoutQuorum(machine) ??
      this.#withoutRoom(machine)
    );
  }

  #withoutQuorum({ quorums = [] }: ScheduledMachine): Refusal | undefined {
    for (const quorum of quorums) {
      const mayLack = this.#mayLack.get(quorum) ?? 0;
      if (this.#quorums.count(quorum) < mayLack) continue;
      return () => {
        const away = this.#quorums.of(quorum);
        return blocker(
          'Quorum',
          away.length === 0 ? [quorum] : away,
          mayLack === 0 ? `${quorum} may lack no member now` : `${quorum} may lack ${mayLack} members at once`,
        );
      };
    }
    return undefined;
  }

  #withoutRoom({ name, instances }: ScheduledMachine): Refusal | undefined {
    if (instances === undefined) return undefined;
    const { up, load } = this.#pool(instances.pool);
    const reserve = this.#budgets.reserves?.[instances.pool] ?? 0;
    const left = up - instances.capacity;
    if (load + reserve <= left) return undefined;
    return () => {
      const message = `the instances of pool ${instances.pool} take ${load} and without ${name} there is room for ${left - reserve}`;
      return blocker('InstanceRoom', this.#all.size === 0 ? [instances.pool] : [...this.#all], message);
    };
  }
}

/** Why not: said only to those who ask, since most who are refused are asked again at once. */
type Refusal = () => Blocker;

/** Whether a machine would open one domain more than may be open at once. */
function opens(
  open: Tally,
  own: string | undefined,
  most: number,
  reason: BlockReason,
  what: string,
): Refusal | undefined {
  if (own === undefined || open.has(own) || open.size < most) return undefined;
  return () =>
    blocker(reason, open.all(), `at most ${most} ${what} may be disturbed at once, now ${open.keys().join(', ')}`);
}

function blocker(reason: BlockReason, by: readonly string[], limit: string): Blocker {
  return { reason, by, message: `${limit}; now: ${named(by)}` };
}

/** A list for a sentence. */
function named(names: readonly string[], most = 5): string {
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
