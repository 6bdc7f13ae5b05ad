import { type Cluster, ClusterKind, type ClusterUpdatePlan, ClusterUpdatePlanKind, MachineKind } from '@keelson/api';
import type { UpdateWorld } from './update-world.js';

/** The plan of the update that was begun first. */
export function planBegun({ mirror, cluster }: UpdateWorld): ClusterUpdatePlan | undefined {
  return [...mirror.all(ClusterUpdatePlanKind)].find(({ metadata }) => metadata.name === `${cluster.name}-21.2.0`);
}

/** Whether plan and cluster say that the update is done. A plan that was deleted on the way goes when it is. */
export function isOver(world: UpdateWorld): boolean {
  const plan = planBegun(world);
  const current = clusterOf(world)?.status?.providerStatus?.releaseRefs?.current?.name;
  return current === 'mosk-21-2-0-26-2' && (plan === undefined || plan.status?.status === 'Completed');
}

/**
 * What must not be once an update is said to be done, by what truly is.
 *
 * @param target version of Kubernetes that it brings
 */
export function leftBehind({ hosts, mirror }: UpdateWorld, target: string): readonly string[] {
  const old = [...hosts.versions()].filter(([, { version }]) => version !== target);
  const requests = hosts.stored('nodemaintenancerequests.lcm.mirantis.com');
  const cordoned = hosts
    .stored('nodes')
    .filter((node) => (node['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true);
  const unready = [...mirror.all(MachineKind)].filter(
    ({ metadata, status }) => status?.providerStatus?.ready !== true && hosts.isUp(metadata.name),
  );
  return [
    ...old.map(([machine, { version }]) => `${machine} runs ${version}`),
    ...requests.map(({ metadata }) => `the request ${metadata.name} is still there`),
    ...cordoned.map(({ metadata }) => `node ${metadata.name} takes no pods`),
    ...unready.map(
      ({ metadata, status }) => `machine ${metadata.name} is not ready: ${status?.progress?.message ?? 'no message'}`,
    ),
  ];
}

/** What an update says that has stopped. */
export interface Stop {
  /** Its state, reason and sentence. */
  readonly outcome: string;
  /** What is wrong with that: a reason, a sentence, and the machine that is lost must be in it; undefined when they are. */
  readonly wrong?: string;
}

export function stopOf(world: UpdateWorld): Stop {
  const plan = planBegun(world);
  const { reason, message = '', waitingOn } = plan?.status?.progress ?? {};
  const outcome = `${plan?.status?.status ?? 'gone'}: ${reason ?? 'no reason'}: ${message}`;
  if (plan === undefined) return { outcome, wrong: 'the plan is gone and the update is not done' };
  const next = waitingOn?.kind === ClusterKind.kind ? clusterOf(world)?.status : undefined;
  const text = `${message} ${plan.status?.message ?? ''} ${JSON.stringify([waitingOn, next])}`;
  const lost = [...world.hosts.lost].filter((machine) => !world.hosts.isUp(machine));
  if (lost.length === 0)
    return {
      outcome,
      wrong: `nothing is in its way, and still it is ${plan.status?.status ?? 'without state'}: ${text}`,
    };
  if (reason !== undefined && lost.some((machine) => text.includes(machine))) return { outcome };
  return {
    outcome,
    wrong: `it waits for ${lost.join(', ')} and does not say so: ${reason ?? 'no reason'}: ${text}`,
  };
}

function clusterOf({ mirror, cluster }: UpdateWorld): Cluster | undefined {
  return mirror.get(ClusterKind, `${cluster.namespace ?? ''}/${cluster.name}`);
}
