import {
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  LCMClusterKind,
  type Machine,
  MachineKind,
  type UpdateGroup,
  UpdateGroupKind,
  labels,
} from '@keelson/api';
import type { Violation } from '../oracles.js';
import type { Seen } from '../mirror.js';
import type { HostEvent } from './hosts.js';
import type { UpdateWorld } from './update-world.js';

/** What an operator changed counts as known to a service only after this: watches break, processes die. Milliseconds. */
const knownAfterMs = 600_000;
const turnsAnnotation = 'keelson.dev/update-turns';
/** Nodes may be so many minor versions older than their API (kubernetes.io/releases/version-skew-policy). */
const minorsBehind = 3;

/** An update's invariants, judged at every write that is seen and at everything a host does, by what truly is. */
export class Invariants {
  readonly violations: Violation[] = [];
  readonly #world: UpdateWorld;
  /** Former values of what operators change: until they are surely known, they hold too. */
  readonly #limits = new Map<
    string,
    { readonly until: number; readonly concurrent: number; readonly index: number }[]
  >();
  readonly #groups = new Map<string, { readonly until: number; readonly group: string }[]>();
  #target: string | undefined;

  constructor(world: UpdateWorld) {
    this.#world = world;
  }

  /** Version of Kubernetes that the update brings: what runs it is updated. */
  expect(target: string): void {
    this.#target = target;
  }

  saw(seen: Seen): void {
    const until = this.#world.clock.now() + knownAfterMs;
    if (seen.kind === UpdateGroupKind.kind && seen.before !== undefined) {
      const { spec, metadata } = seen.before as UpdateGroup;
      push(this.#limits, metadata.name, { until, concurrent: spec.concurrentUpdates, index: spec.index });
    }
    if (seen.kind === MachineKind.kind && seen.before !== undefined && seen.after !== undefined) {
      const [before, after] = [this.#groupOf(seen.before as Machine), this.#groupOf(seen.after as Machine)];
      if (before !== after) push(this.#groups, seen.before.metadata.name, { until, group: before });
    }
    if (seen.kind === LCMClusterKind.kind && seen.after !== undefined) this.#turns(seen);
    if (seen.kind === ClusterUpdatePlanKind.kind && seen.after !== undefined) {
      this.#order(seen.before as ClusterUpdatePlan | undefined, seen.after as ClusterUpdatePlan);
      this.#done(seen.before as ClusterUpdatePlan | undefined, seen.after as ClusterUpdatePlan);
    }
  }

  host(event: HostEvent): void {
    if (event.type === 'installs') this.#skew(event.machine, event.version);
    this.#outOfUse(event);
  }

  report(oracle: Violation['oracle'], what: string): void {
    if (this.violations.length < 50 && !this.violations.some((known) => known.what === what))
      this.violations.push({ oracle, at: this.#world.clock.now(), what });
  }

  /** Of the steps of the plan, none begins or ends while one before it is not done. Groups may change their order afterwards. */
  #order(before: ClusterUpdatePlan | undefined, { metadata, status }: ClusterUpdatePlan): void {
    const told = status?.steps ?? [];
    for (const [i, { id, status: state }] of told.entries()) {
      if (state !== 'InProgress' && state !== 'Completed') continue;
      if (before?.status?.steps?.some((step) => step.id === id && step.status === state) === true) continue;
      const open = told
        .slice(0, i)
        .find((earlier) => earlier.status !== 'Completed' && !this.#sideBySide(earlier.id, id));
      if (open !== undefined)
        this.report('order', `plan ${metadata.name}: ${id} is ${state} while ${open.id} is ${open.status}`);
    }
  }

  /** A step is called done only when what it is about is so: machines by what runs on them, others by their owners. */
  #done(before: ClusterUpdatePlan | undefined, { metadata, status }: ClusterUpdatePlan): void {
    if (this.#target === undefined || metadata.name !== `${this.#world.cluster.name}-21.2.0`) return;
    const isCompleted = (plan: ClusterUpdatePlan['status'], id: string): boolean =>
      plan?.steps?.some((step) => step.id === id && step.status === 'Completed') === true;
    for (const { id } of status?.steps ?? []) {
      if (!isCompleted(status, id) || isCompleted(before?.status, id)) continue;
      const open = this.#openIn(id);
      if (open.length > 0)
        this.report(
          'truthful status',
          `plan ${metadata.name}: ${id} is Completed, and ${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} not`,
        );
    }
  }

  /** What a step is about and has not come true. A machine that was moved of late may count for another group. */
  #openIn(step: string): readonly string[] {
    if (step === 'openstack' || step === 'ceph') return this.#world.isDone(step) ? [] : [step];
    const versions = this.#world.hosts.versions();
    return [...this.#world.mirror.all(MachineKind)].flatMap((machine) => {
      const isOfStep = isControl(machine)
        ? step === 'k8s-controllers'
        : this.#groupsOf(machine).every((group) => step === `k8s-workers-${group}`);
      const { name } = machine.metadata;
      return isOfStep && versions.get(name)?.version !== this.#target ? [name] : [];
    });
  }

  #sideBySide(a: string, b: string): boolean {
    const indices = (step: string): readonly number[] => this.#indicesOf(step.replace('k8s-workers-', ''));
    return indices(a).some((index) => indices(b).includes(index));
  }

  #indicesOf(group: string): readonly number[] {
    const now = [...this.#world.mirror.all(UpdateGroupKind)].filter(({ metadata }) => metadata.name === group);
    return [...now.map(({ spec }) => spec.index), ...this.#former(this.#limits, group).map(({ index }) => index)];
  }

  /** A turn is given only where the group, the control plane and the steps before allow it. */
  #turns({ before, after }: Seen): void {
    const [had, has] = [turnsIn(before), turnsIn(after)];
    const fresh = has.filter((name) => !had.includes(name));
    if (fresh.length === 0) return;
    const machines = new Map(
      [...this.#world.mirror.all(MachineKind)].map((machine) => [machine.metadata.name, machine]),
    );
    const control = has.filter((name) => isControl(machines.get(name)));
    if (control.length > 1)
      this.report('budget', `the control-plane machines ${control.join(', ')} have a turn at once`);
    for (const name of fresh) {
      const machine = machines.get(name);
      if (machine === undefined) continue;
      if (isControl(machine)) this.#quorum(name);
      else this.#group(machine, has, machines);
      this.#before(machine);
    }
  }

  /** The others of the control plane run: etcd keeps its majority. */
  #quorum(name: string): void {
    const down = [...this.#world.hosts.versions()].filter(
      ([machine, { role }]) => role === 'control' && machine !== name && !this.#world.hosts.isUp(machine),
    );
    const lasting = down.filter(([machine]) => this.#world.clock.now() - this.#downSince(machine) > 180_000);
    if (lasting.length > 0)
      this.report(
        'budget',
        `${name} has its turn while ${lasting.map(([machine]) => machine).join(', ')} of the control plane is down`,
      );
  }

  #downSince(machine: string): number {
    return this.#world.hosts.downSince(machine) ?? this.#world.clock.now();
  }

  #group(machine: Machine, has: readonly string[], machines: ReadonlyMap<string, Machine>): void {
    const group = this.#groupOf(machine);
    const members = has.filter((name) => {
      const other = machines.get(name);
      return other !== undefined && !isControl(other) && this.#groupsOf(other).every((one) => one === group);
    });
    const most = Math.max(
      ...[...this.#world.mirror.all(UpdateGroupKind)]
        .filter(({ metadata }) => metadata.name === group)
        .map(({ spec }) => spec.concurrentUpdates),
      ...this.#former(this.#limits, group).map(({ concurrent }) => concurrent),
      1,
    );
    if (members.length > most)
      this.report('budget', `group ${group} takes ${most} at once, and these have a turn: ${members.join(', ')}`);
  }

  /** What comes before is done: the steps of others by their owners, machines by what runs on them. */
  #before(machine: Machine): void {
    if (this.#target === undefined) return;
    for (const step of this.#world.stepsOfOthers)
      if (!this.#world.isDone(step))
        this.report('order', `${machine.metadata.name} has its turn before ${step} is done`);
    if (isControl(machine)) return;
    const old = [...this.#world.hosts.versions()].filter(
      ([, { role, version }]) => role === 'control' && version !== this.#target,
    );
    if (old.length > 0)
      this.report(
        'order',
        `${machine.metadata.name} has its turn before ${old.map(([name]) => name).join(', ')} of the control plane is updated`,
      );
  }

  #skew(machine: string, version: string): void {
    const versions = new Map(this.#world.hosts.versions());
    const own = versions.get(machine);
    if (own === undefined) return;
    versions.set(machine, { ...own, version });
    const control = [...versions.values()].filter(({ role }) => role === 'control').map((one) => minorOf(one.version));
    const oldest = Math.min(...control);
    if (Math.max(...control) - oldest > 1)
      this.report('skew', `with ${version} on ${machine} the control plane spans more than one minor version`);
    for (const [name, { role, version: other }] of versions)
      if (role === 'worker' && (minorOf(other) > oldest || oldest - minorOf(other) > minorsBehind))
        this.report(
          'skew',
          `with ${version} on ${machine} the kubelet of ${name} is ${other} beside an API of minor ${oldest}`,
        );
  }

  /** A node is cordoned and nobody's lock holds it when its host restarts or gets another version. */
  #outOfUse({ type, machine, ...event }: HostEvent): void {
    const member = this.#world.hosts.versions().get(machine);
    if (member === undefined || ('version' in event && event.version === member.version)) return;
    const node = this.#world.hosts.stored('nodes').find(({ metadata }) => metadata.name === member.node);
    const isCordoned = (node?.['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true;
    if (node !== undefined && !isCordoned) this.report('drain', `${machine} ${type} while its node takes pods`);
    for (const lock of this.#world.hosts.stored('nodeworkloadlocks.lcm.mirantis.com')) {
      const { nodeName, controllerName } = lock['spec'] as { nodeName: string; controllerName: string };
      const state = (lock['status'] as { state?: string } | undefined)?.state;
      if (nodeName === member.node && state !== 'inactive' && !this.#isFresh(lock.metadata.creationTimestamp))
        this.report('drain', `${machine} ${type} while the lock of ${controllerName} holds its node`);
    }
  }

  /** A lock that came after the node was drained holds the next one. */
  #isFresh(creationTimestamp: string): boolean {
    return this.#world.clock.now() - Date.parse(creationTimestamp) < knownAfterMs;
  }

  #groupOf(machine: Machine): string {
    return machine.metadata.labels?.[labels.updateGroup] ?? `${this.#world.cluster.name}-default`;
  }

  #groupsOf(machine: Machine): readonly string[] {
    return [this.#groupOf(machine), ...this.#former(this.#groups, machine.metadata.name).map(({ group }) => group)];
  }

  #former<T extends { readonly until: number }>(of: ReadonlyMap<string, readonly T[]>, name: string): readonly T[] {
    return (of.get(name) ?? []).filter(({ until }) => until > this.#world.clock.now());
  }
}

function turnsIn(object: Seen['after']): readonly string[] {
  const text = object?.metadata.annotations?.[turnsAnnotation] ?? '';
  return text.split(',').flatMap((turn) => turn.split('/')[0] || []);
}

const isControl = (machine: Machine | undefined): boolean =>
  machine?.metadata.labels?.[labels.controlPlane] !== undefined;

const minorOf = (version: string): number => Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 0);

function push<T>(of: Map<string, T[]>, name: string, value: T): void {
  of.set(name, [...(of.get(name) ?? []), value]);
}
