import {
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  LCMMachineKind,
  type Machine,
  MachineKind,
  UpdateGroupKind,
  labels,
} from '@keelson/api';
import { controlPlaneMachineSeconds, workerSeconds } from '@keelson/scheduler';
import { type Random, seededRandom } from '@keelson/std';
import type { HostPace } from '../updates/hosts.js';
import type { SavedWorld } from '../updates/saved-world.js';
import { objectsOf } from './snapshot.js';

/** A coefficient of variation of 0.5, as records of updates show it; one machine in twenty takes three times as long. */
const spread = 0.47;
const stragglers = 0.05;
const rebootShare = 0.15;

export interface Durations {
  readonly pace: HostPace;
  readonly stepSeconds: (step: string) => number;
}

/**
 * How long everything will take by what the plan expects of its steps (learned from earlier updates, or the published
 * rule): a step of machines is shared out among them as the rule has it.
 *
 * @param compress times are divided by this
 * @param seed durations vary from machine to machine; without it all take what is expected of them
 */
export function durationsOf(saved: SavedWorld, plan: ClusterUpdatePlan, compress: number, seed?: string): Durations {
  const machines = machinesOf(saved, plan);
  const items = new Map(
    objectsOf(saved, LCMMachineKind).map(({ metadata, spec }) => [metadata.name, spec.stateItems?.length ?? 1]),
  );
  const expected = new Map(
    machines.map((machine) => [machine.metadata.name, expectedSeconds(machine, machines, plan, saved)]),
  );
  const random = seed === undefined ? undefined : seededRandom(`${seed}/durations`);
  const factors = new Map(machines.map(({ metadata }) => [metadata.name, factorOf(random)]));
  const whole = (machine: string): number => ((expected.get(machine) ?? 600) * (factors.get(machine) ?? 1)) / compress;
  return {
    pace: {
      item: (machine) => (whole(machine) * (1 - rebootShare)) / (items.get(machine) ?? 1),
      reboot: (machine) => whole(machine) * rebootShare,
    },
    stepSeconds: (step) => (estimated(plan, step) ?? 600) / compress,
  };
}

/** The machines of the cluster that a plan updates. */
export function machinesOf(saved: SavedWorld, { spec }: Pick<ClusterUpdatePlan, 'spec'>): readonly Machine[] {
  return objectsOf(saved, MachineKind).filter(({ metadata }) => metadata.labels?.[labels.clusterName] === spec.cluster);
}

function factorOf(random: Random | undefined): number {
  if (random === undefined) return 1;
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.exp(spread * normal - spread ** 2 / 2) * (random.next() < stragglers ? 3 : 1);
}

function expectedSeconds(
  machine: Machine,
  all: readonly Machine[],
  plan: ClusterUpdatePlan,
  saved: SavedWorld,
): number {
  const step = stepOf(machine, plan);
  const own = all.filter((one) => stepOf(one, plan) === step).map(byRule);
  const group = objectsOf(saved, UpdateGroupKind).find(({ metadata }) => `k8s-workers-${metadata.name}` === step);
  const sum = own.reduce((total, seconds) => total + seconds, 0);
  const rule = group === undefined ? sum : Math.max(0, ...own, sum / group.spec.concurrentUpdates);
  const told = estimated(plan, step);
  return byRule(machine) * (told === undefined || rule === 0 ? 1 : told / rule);
}

/** Id of the step that updates a machine. */
export function stepOf(machine: Machine, plan: Pick<ClusterUpdatePlan, 'spec'>): string {
  if (machine.metadata.labels?.[labels.controlPlane] !== undefined) return 'k8s-controllers';
  return `k8s-workers-${machine.metadata.labels?.[labels.updateGroup] ?? `${plan.spec.cluster}-default`}`;
}

function byRule(machine: Machine): number {
  if (machine.metadata.labels?.[labels.controlPlane] !== undefined) return controlPlaneMachineSeconds;
  const { nodeLabels = [] } = machine.spec.providerSpec.value ?? {};
  return workerSeconds(
    nodeLabels.some(({ key }) => key === 'openstack-compute-node'),
    true,
  );
}

function estimated({ spec }: ClusterUpdatePlan, step: string): number | undefined {
  const text = spec.steps.find(({ id }) => id === step)?.duration?.estimated;
  return text === undefined ? undefined : secondsOf(text);
}

/** `1h30m0s` in seconds. */
export function secondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  const unit: Record<string, number> = { h: 3600, m: 60, s: 1 };
  return parts.reduce((sum, [, count, letter = '']) => sum + Number(count) * (unit[letter] ?? 0), 0);
}

/** The plan of a name, or else the one under way, or the first that is not over. */
export function chosenPlan(saved: SavedWorld, cluster: string, name?: string): ClusterUpdatePlan | undefined {
  const plans = objectsOf(saved, ClusterUpdatePlanKind)
    .filter(({ spec, status }) => spec.cluster === cluster && status?.status !== 'Completed')
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (name !== undefined) return plans.find(({ metadata }) => metadata.name === name);
  return plans.find(({ status }) => status?.startedAt !== undefined) ?? plans[0];
}
