import {
  type Attempt,
  type Budgets,
  cephSeconds,
  componentsSeconds,
  controlPlaneMachineSeconds,
  type DurationRecord,
  learnExpectations,
  openstackSeconds,
  type ScheduledMachine,
  workerSeconds,
} from '@keelson/scheduler';
import { integerBelow, type Random, seededRandom } from '@keelson/std';

/** A made-up cloud whose machines take as long as chance says: what a schedule is measured on. Nothing of it is real. */
export interface Cloud {
  readonly machines: readonly ScheduledMachine[];
  readonly budgets: Budgets;
  readonly size: {
    readonly computes: number;
    readonly gateways: number;
    readonly storage: number;
    readonly controlPlane: number;
  };
  /** What each machine takes on average, seconds: the most that could ever be foretold of it. */
  readonly means: ReadonlyMap<string, number>;
  /** How long each machine takes in one update, attempt after attempt; the last succeeds. */
  course(update: number): ReadonlyMap<string, readonly Attempt[]>;
  /** What the published rule says of the steps of a plan that go by no machines, seconds, by step. */
  readonly stepFormulas: ReadonlyMap<WholeStepName, number>;
  /** How long each of these takes in one update. */
  stepSeconds(update: number): ReadonlyMap<WholeStepName, number>;
  /** When, as a share of the step's time, each of its pods was updated in one update; of the step `openstack`, which tells them. */
  podTimes(update: number): readonly number[];
}

/** Steps of a plan that go by no machines: the first two come before these, the last one after. */
export type WholeStepName = 'openstack' | 'ceph' | 'mcc-components';

/** A tenth of the computes at once, at most what an OpenStack controller takes (30). */
const widthOf = (computes: number): number => Math.max(3, Math.min(30, Math.round(computes / 10)));
/** Durations vary by CV 0.5; so much of that is the machine itself, the rest differs from one update to the next. */
const spread = Math.log(1 + 0.5 ** 2);
const lasting = 0.6;
const updateSpread = 0.1;
/** How far a cloud's steps are off from the rule for good, and from one update to the next. */
const stepLasting = 0.3;
const stepSpread = 0.15;
/** Pods that `openstack` updates one after the other: of the control plane, then those of every node, DaemonSet by DaemonSet. */
const controlPlanePods = 200;
const daemonSets = 5;
const controlPlaneSeconds = 45 * 60;
/** How far each of these parts is off from its share, from one update to the next. */
const partSpread = 0.15;
const stragglerShare = 0.05;
const stragglerFactor = 3;
const failureShare = 0.02;
/** What the published examples reckon with. */
export const instancesPerCompute = 25;

/** Whether chance picks stragglers anew for every update, which nothing foretells, or they are the same machines each time. */
export type Stragglers = 'new ones' | 'the same';

export function aCloud(computes: number, seed: string, stragglers: Stragglers = 'new ones'): Cloud {
  const random = seededRandom(`${seed}/cloud`);
  const size = {
    computes,
    gateways: computes < 500 ? 3 : 5,
    storage: Math.max(3, Math.round(computes / 25)),
    controlPlane: 3,
  };
  const machines = [
    ...machinesOf('cp', size.controlPlane, (i) => ({ group: 'controlplane', quorums: ['etcd'], zone: zone(i) })),
    ...machinesOf('gw', size.gateways, (i) => ({ isGateway: true, zone: zone(i) })),
    ...machinesOf('osd', size.storage, (i) => ({ failureDomain: `rack-${i % 3}` })),
    ...machinesOf('cmp', size.computes, (i) => ({
      zone: zone(i),
      instances: { pool: zone(i), capacity: 100, load: 25 + integerBelow(random, 50) },
    })),
  ];
  const base = new Map(machines.map(({ name }) => [name, meanSeconds(name) * logNormal(random, spread * lasting)]));
  const straggling = seededRandom(`${seed}/stragglers`);
  const slow =
    stragglers === 'the same' ? new Set([...base.keys()].filter(() => straggling.next() < stragglerShare)) : undefined;
  const budgets: Budgets = {
    groups: [
      { name: 'controlplane', index: 0, concurrent: 1 },
      { name: 'workers', index: 1, concurrent: widthOf(computes) },
    ],
    quorums: [{ name: 'etcd', mayLack: 1 }],
  };
  const means = new Map(
    [...base].map(([name, minutes]) => [name, minutes * 60 * (1 + stragglerShare * (stragglerFactor - 1))]),
  );
  const stepFormulas = stepFormulasOf(size);
  return {
    machines,
    budgets,
    size,
    means,
    course: (update) => courseOf(base, seededRandom(`${seed}/update-${update}`), slow),
    stepFormulas,
    stepSeconds: (update) => stepSecondsOf(stepFormulas, seed, update),
    podTimes: (update) => podTimesOf(size, stepFormulas, seededRandom(`${seed}/pods-${update}`)),
  };
}

function stepFormulasOf(size: Cloud['size']): Cloud['stepFormulas'] {
  const workers = size.computes + size.gateways + size.storage;
  const all = { ...size, workers, instancesPerCompute, hasCeph: true, reboots: true };
  return new Map([
    ['openstack', openstackSeconds(all)],
    ['ceph', cephSeconds(all)],
    ['mcc-components', componentsSeconds],
  ]);
}

function stepSecondsOf(formulas: Cloud['stepFormulas'], seed: string, update: number): Cloud['stepFormulas'] {
  const [own, now] = [seededRandom(`${seed}/steps`), seededRandom(`${seed}/steps-${update}`)];
  const whole = wholeOf(seededRandom(`${seed}/update-${update}`));
  return new Map(
    [...formulas].map(([step, seconds]) => [
      step,
      seconds * whole * Math.exp(stepLasting * normal(own) + stepSpread * normal(now)),
    ]),
  );
}

/** Each pod takes as long as chance says, as machines do, and each DaemonSet as a whole; together they make up the step. */
function podTimesOf(
  { computes, gateways }: Cloud['size'],
  formulas: Cloud['stepFormulas'],
  random: Random,
): readonly number[] {
  const onNodes = (formulas.get('openstack') ?? 0) - controlPlaneSeconds;
  const parts = [
    { pods: controlPlanePods, seconds: controlPlaneSeconds },
    ...Array.from({ length: daemonSets }, () => ({ pods: computes + gateways, seconds: onNodes / daemonSets })),
  ];
  const each = parts.flatMap(({ pods, seconds }) => {
    const ofPart = logNormal(random, partSpread ** 2);
    return Array.from({ length: pods }, () => (seconds / pods) * ofPart * logNormal(random, spread));
  });
  const all = each.reduce((sum, seconds) => sum + seconds, 0);
  let passed = 0;
  return each.map((seconds) => (passed += seconds) / all);
}

/** How far an update is off as a whole: the first that is drawn of it. */
const wholeOf = (random: Random): number => Math.exp(updateSpread * normal(random));

/** The machines with what is expected of each after the records of earlier updates. */
export function expecting(cloud: Cloud, records: readonly DurationRecord[]): readonly ScheduledMachine[] {
  const learned = learnExpectations(records);
  return cloud.machines.map((machine) => ({
    ...machine,
    expectedSeconds: learned.secondsOf(machine.name, classOf(machine.name), formulaOf(machine.name)),
  }));
}

export const classOf = (name: string): string => name.split('-')[0] ?? name;

const zone = (i: number): string => `az-${i % 3}`;

function formulaOf(name: string): number {
  return classOf(name) === 'cp' ? controlPlaneMachineSeconds : workerSeconds(classOf(name) === 'cmp', true);
}

/** What machines really take on average; the formula is right about computes and too short about the others. */
function meanSeconds(name: string): number {
  return { cp: 20, gw: 45, osd: 60, cmp: 60 }[classOf(name)] ?? 60;
}

function machinesOf(prefix: string, count: number, more: (i: number) => Partial<ScheduledMachine>): ScheduledMachine[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${prefix}-${i}`,
    group: 'workers',
    state: 'waiting',
    expectedSeconds: formulaOf(prefix),
    ...more(i),
  }));
}

function courseOf(
  base: ReadonlyMap<string, number>,
  random: Random,
  stragglers: ReadonlySet<string> | undefined,
): ReadonlyMap<string, readonly Attempt[]> {
  const whole = wholeOf(random);
  return new Map(
    [...base].map(([name, minutes]) => {
      const isSlow = random.next() < stragglerShare;
      const slow = (stragglers?.has(name) ?? isSlow) ? stragglerFactor : 1;
      const seconds = minutes * 60 * whole * slow * logNormal(random, spread * (1 - lasting));
      const failed: Attempt = { seconds: seconds * random.next(), succeeds: false };
      return [
        name,
        random.next() < failureShare ? [failed, { seconds, succeeds: true }] : [{ seconds, succeeds: true }],
      ];
    }),
  );
}

/** Of mean 1 and the given variance of its logarithm. */
function logNormal(random: Random, variance: number): number {
  return Math.exp(Math.sqrt(variance) * normal(random) - variance / 2);
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
