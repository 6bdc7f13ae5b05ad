import {
  type BareMetalHost,
  BareMetalHostKind,
  ClusterKind,
  type KubeObject,
  type Machine,
  MachineKind,
  type Progress,
} from '@keelson/api';
import type { AnyReconciler, State, StateTable } from '@keelson/reconcile';
import type { Mirror, Seen } from './mirror.js';

/** Something that must never be. `at` is virtual time. */
export interface Violation {
  readonly oracle: OracleName;
  readonly at: number;
  readonly what: string;
}

/** `convergence` is judged at the end of a run; the last three are of updates. */
export type OracleName =
  | 'silent waiting'
  | 'budget'
  | 'destructive once'
  | 'truthful status'
  | 'convergence'
  | 'monotone watch'
  | 'secret canary'
  | 'write storm'
  | 'order'
  | 'skew'
  | 'drain';

/** What the data centre itself knows, whatever the API says. */
export interface Truth {
  /** Whether the operating system of that host runs now, by the system's Redfish id. */
  isRunning(server: string): boolean;
  /** Wipes that hit one server more than once for one installation. */
  repeatedWipes(): number;
}

export interface OracleOptions {
  readonly mirror: Mirror;
  readonly reconcilers: readonly AnyReconciler[];
  readonly truth: Truth;
  /** Texts that must never be seen outside Secrets. */
  readonly canaries: readonly string[];
  readonly now: () => number;
}

/** A deadline may be passed by the time it takes to notice and act. */
const deadlineGraceMs = 120_000;
/** A status may be behind the truth for as long as a sign of life takes to be missed: one poll and a lease. */
const stalenessMs = 300_000;
/** Four times what the busiest object needs (an LCMCluster of 50), and far less than two take who undo each other's work. */
const writesAMinute = 100;

/** Checks a world while it runs. Cheap enough to be asked at every tick: what changes is checked when it is seen. */
export class Oracles {
  readonly violations: Violation[] = [];
  readonly #options: OracleOptions;
  readonly #tables: ReadonlyMap<string, StateTable>;
  readonly #stateOf: ReadonlyMap<string, (object: KubeObject) => string>;
  readonly #untrueSince = new Map<string, number>();
  #reported = new Set<string>();
  readonly #writes = new Map<string, number>();
  #minute = 0;

  constructor(options: OracleOptions) {
    this.#options = options;
    const machines = options.reconcilers.flatMap((reconciler) =>
      reconciler.machine === undefined ? [] : [{ kind: reconciler.kind.kind, machine: reconciler.machine }],
    );
    this.#tables = new Map(machines.map(({ kind, machine }) => [kind, machine.table]));
    this.#stateOf = new Map(
      machines.map(({ kind, machine }) => [kind, (object: KubeObject) => machine.stateOf(object)]),
    );
  }

  /** To be called for every write the mirror saw. */
  saw(seen: Seen): void {
    if (seen.after === undefined) return;
    this.#storm(seen);
    if (seen.kind !== 'Secret') this.#secretCanary(seen);
    this.#legalMove(seen);
  }

  broken(what: string): void {
    this.#report('monotone watch', what);
  }

  /** To be called at every tick. */
  check(): void {
    for (const kind of this.#tables.keys())
      for (const object of this.#options.mirror.all({ kind } as never)) this.#silentWaiting(kind, object);
    this.#budgets();
    this.#truthful();
    const repeated = this.#options.truth.repeatedWipes();
    if (repeated > 0)
      this.#report('destructive once', `${repeated} wipes hit a server again for the same installation`);
  }

  #silentWaiting(kind: string, object: KubeObject): void {
    const table = this.#tables.get(kind);
    const state = this.#stateOf.get(kind)?.(object);
    if (table === undefined || state === undefined) return;
    const declared: State | undefined = table.states[state];
    const name = `${kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (declared === undefined)
      return this.#report('silent waiting', `${name} is in ${state}, which its table does not know`);
    if (declared.rest === true) return;
    const progress = progressOf(object);
    // An object nobody has looked at yet has no status; its first look is due at once.
    if (progress === undefined)
      return this.#lasting(`${name} unseen`, 60_000, () =>
        this.#report('silent waiting', `${name} is in ${state} and says nothing of what it waits for`),
      );
    this.#untrueSince.delete(`${name} unseen`);
    if (progress.deadline === undefined)
      return this.#report('silent waiting', `${name} is in ${state} without a deadline`);
    if (progress.abort === undefined)
      this.#report('silent waiting', `${name} is in ${state} without a way to abort it`);
    const overdue = this.#options.now() - Date.parse(progress.deadline) - deadlineGraceMs;
    if (overdue > 0 && progress.reason === undefined)
      this.#report(
        'silent waiting',
        `${name} is in ${state}, past its deadline ${progress.deadline}, without a reason`,
      );
  }

  /** Two who undo each other's work write one object without end. */
  #storm({ kind, key }: Seen): void {
    const minute = Math.floor(this.#options.now() / 60_000);
    if (minute !== this.#minute) this.#writes.clear();
    this.#minute = minute;
    const writes = (this.#writes.get(`${kind} ${key}`) ?? 0) + 1;
    this.#writes.set(`${kind} ${key}`, writes);
    if (writes > writesAMinute)
      this.#report('write storm', `${kind} ${key} was written more than ${writesAMinute} times within a minute`);
  }

  #legalMove(seen: Seen): void {
    const stateOf = this.#stateOf.get(seen.kind);
    if (stateOf === undefined || seen.before === undefined || seen.after === undefined) return;
    if (seen.before.metadata.uid !== seen.after.metadata.uid) return;
    const [from, to] = [stateOf(seen.before), stateOf(seen.after)];
    if (from !== to && this.#tables.get(seen.kind)?.states[from]?.to.includes(to) !== true) {
      this.#report('silent waiting', `${seen.kind} ${seen.key} went from ${from} to ${to}, which its table forbids`);
    }
  }

  /** Control-plane machines are deployed one by one, and no host ever serves two machines. */
  #budgets(): void {
    const deploying = new Map<string, string[]>();
    const owners = new Map<string, string>();
    for (const machine of this.#options.mirror.all(MachineKind)) {
      const cluster = machine.metadata.labels?.['cluster.sigs.k8s.io/cluster-name'] ?? '';
      if (isControl(machine) && machine.status?.providerStatus?.status === 'Deploy')
        push(deploying, `${machine.metadata.namespace}/${cluster}`, machine.metadata.name);
      const host = machine.metadata.annotations?.['metal3.io/BareMetalHost'];
      if (host === undefined) continue;
      const other = owners.get(host);
      if (other !== undefined)
        this.#report('budget', `host ${host} is claimed by the machines ${other} and ${machine.metadata.name}`);
      owners.set(host, machine.metadata.name);
    }
    for (const [cluster, names] of deploying) {
      if (names.length > 1)
        this.#report(
          'budget',
          `cluster ${cluster} deploys the control-plane machines ${names.sort().join(', ')} at once`,
        );
    }
  }

  /** What is reported is never better than what is, beyond the time that noticing takes. */
  #truthful(): void {
    for (const host of this.#options.mirror.all(BareMetalHostKind)) {
      const claims =
        host.status?.provisioning.state === 'provisioned' &&
        host.status.poweredOn &&
        host.status.operationalStatus === 'OK';
      this.#claim(
        `BareMetalHost ${host.metadata.name}`,
        claims,
        this.#options.truth.isRunning(systemOf(host)),
        'is shown provisioned, on and OK, but no system runs on it',
      );
    }
    for (const machine of this.#options.mirror.all(MachineKind)) {
      const host = machine.metadata.annotations?.['metal3.io/BareMetalHost'];
      const bmh = host === undefined ? undefined : this.#options.mirror.get(BareMetalHostKind, host);
      const runs = bmh !== undefined && this.#options.truth.isRunning(systemOf(bmh));
      this.#claim(
        `Machine ${machine.metadata.name}`,
        machine.status?.providerStatus?.ready === true,
        runs,
        'is shown ready, but no system runs on its host',
      );
    }
    for (const cluster of this.#options.mirror.all(ClusterKind)) {
      const provider = cluster.status?.providerStatus;
      const requested = provider?.nodes?.requested ?? 0;
      this.#claim(
        `Cluster ${cluster.metadata.name}`,
        provider?.ready === true,
        requested > 0 && provider?.nodes?.ready === requested,
        'is shown ready with nodes that are not',
      );
    }
  }

  #claim(name: string, claimed: boolean, isTrue: boolean, complaint: string): void {
    const key = `${name} claim`;
    if (!claimed || isTrue) this.#untrueSince.delete(key);
    else this.#lasting(key, stalenessMs, () => this.#report('truthful status', `${name} ${complaint}`));
  }

  #secretCanary(seen: Seen): void {
    if (this.#options.canaries.length === 0) return;
    // The operator's own manifest may carry the value until the controller has moved it away, and not a write longer.
    const isCredential = seen.kind === 'BareMetalHostCredential';
    if (isCredential && isFresh(seen.after, this.#options.now())) return;
    for (const canary of this.#options.canaries) {
      if (holdsAnew(seen.after, isCredential ? undefined : seen.before, canary)) {
        this.#report('secret canary', `${seen.kind} ${seen.key} holds a secret in clear`);
      }
    }
  }

  #lasting(key: string, forMs: number, then: () => void): void {
    const since = this.#untrueSince.get(key);
    if (since === undefined) this.#untrueSince.set(key, this.#options.now());
    else if (this.#options.now() - since > forMs) then();
  }

  #report(oracle: OracleName, what: string): void {
    const key = `${oracle}|${what}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.violations.push({ oracle, at: this.#options.now(), what });
  }
}

function progressOf(object: KubeObject): Progress | undefined {
  return (object as { status?: { progress?: Progress } }).status?.progress;
}

/**
 * Whether a text in a value, or the name of a member, contains `canary`. What is the very same as before, which a write left
 * alone, was looked at when it came.
 */
function holdsAnew(value: unknown, before: unknown, canary: string): boolean {
  if (value === before) return false;
  if (typeof value === 'string') return value.includes(canary);
  if (typeof value !== 'object' || value === null) return false;
  const was = typeof before === 'object' && before !== null ? (before as Readonly<Record<string, unknown>>) : {};
  if (Array.isArray(value)) return value.some((item, at) => holdsAnew(item, was[at], canary));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(members).some(
    (name) => holdsAnew(members[name], was[name], canary) || (!(name in was) && name.includes(canary)),
  );
}

function isControl(machine: Machine): boolean {
  return machine.metadata.labels?.['cluster.sigs.k8s.io/control-plane'] !== undefined;
}

/** The server's Redfish id: the last part of the BMC address. */
function systemOf(host: BareMetalHost): string {
  return host.spec.bmc?.address.split('/').pop() ?? '';
}

function isFresh(object: KubeObject | undefined, now: number): boolean {
  return now - Date.parse(object?.metadata.creationTimestamp ?? '') < 60_000;
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
