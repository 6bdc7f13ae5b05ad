import { type LCMMachine, annotations, finalizers, keyOf } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { named } from '../membership.js';
import type { RebootWorld } from './gracefulreboot.observe.js';
import type { RebootStep } from './gracefulreboot.steps.js';

/** On an LCMMachine: uid of the request that it was, or is to be, restarted for. */
export const rebootRequestAnnotation = 'keelson.dev/reboot-request';

/** Marks the machines, waits for them, goes. The LCMCluster gives them their turns, within the budgets of an update. */
export function planReboot(world: RebootWorld): Plan<RebootStep> {
  const { request, machines } = world;
  if (request.metadata.deletionTimestamp !== undefined) return planEnd(world);
  if (request.metadata.finalizers?.includes(finalizers.gracefulReboot) !== true)
    return { steps: [{ type: 'hold', request }], outcome: progressing('the request is taken into care') };
  const marked = machines.filter((machine) => isFor(world, machine));
  const problem = marked.length === 0 ? problemOf(world) : undefined;
  if (problem !== undefined) return { steps: [], outcome: problem };
  const unmarked = machines.filter((machine) => !isFor(world, machine));
  if (unmarked.length > 0)
    return {
      steps: unmarked.map((machine) => ({ type: 'mark', key: keyOf(machine), request: request.metadata.uid ?? '' })),
      outcome: progressing(`${unmarked.length} machines are to be restarted`),
      why: 'its cluster is ready',
    };
  const [first, ...others] = machines.filter(isPending);
  if (first === undefined)
    return { steps: [{ type: 'delete', request }], outcome: progressing('all hosts have restarted') };
  const { namespace } = request.metadata;
  return {
    steps: [],
    outcome: waitingOn(
      { kind: 'LCMCluster', namespace, name: request.metadata.name },
      'Rebooting',
      `to be restarted yet: ${named([first, ...others])}`,
    ),
  };
}

/** What keeps it from beginning. */
function problemOf({ request, cluster, unknown, machines }: RebootWorld): Outcome | undefined {
  const { namespace, name } = request.metadata;
  const on = { kind: 'Cluster', namespace, name };
  if (cluster === undefined)
    return blockedBy(on, 'ClusterMissing', `there is no Cluster ${name}: a request has the name of its cluster`);
  if (unknown.length > 0)
    return blockedBy(
      { kind: 'GracefulRebootRequest', namespace, name },
      'UnknownMachines',
      `no node of the cluster is called ${named(unknown)}: correct spec.machines`,
    );
  const status = cluster.status?.providerStatus;
  if (status?.maintenance === true)
    return waitingOn(on, 'Maintenance', `cluster ${name} is in maintenance: end that first`);
  if (status?.ready !== true) return waitingOn(on, 'ClusterNotReady', `cluster ${name} is not ready: cure that first`);
  return machines.length === 0 ? blockedBy(on, 'NoMachines', `cluster ${name} has no machine to restart`) : undefined;
}

/** Those that have not begun are spared. */
function planEnd(world: RebootWorld): Plan<RebootStep> {
  const { request, machines } = world;
  if (request.metadata.finalizers?.includes(finalizers.gracefulReboot) !== true) return { steps: [], outcome: settled };
  const spared = machines.filter(
    (machine) => isFor(world, machine) && isPending(machine) && machine.spec.rebootRequired !== true,
  );
  return {
    steps: [
      ...spared.map((machine): RebootStep => ({ type: 'spare', key: keyOf(machine) })),
      { type: 'release', request },
    ],
    outcome: progressing('the request goes'),
  };
}

export function isPending({ metadata }: LCMMachine): boolean {
  return metadata.annotations?.[annotations.lcmGracefulReboot] === 'true';
}

export function isFor({ request }: RebootWorld, { metadata }: LCMMachine): boolean {
  return request.metadata.uid !== undefined && metadata.annotations?.[rebootRequestAnnotation] === request.metadata.uid;
}
