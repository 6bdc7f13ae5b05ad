import type { Machine, UpdateGroup, UpdateStep } from '@keelson/api';
import {
  cephSeconds,
  componentsSeconds,
  controlPlaneMachineSeconds,
  openstackSeconds,
  quantile,
  workerSeconds,
} from '@keelson/scheduler';
import { durationText } from '../duration.js';
import { defaultGroupOf, groupOf, hasNodeLabel, isControlPlane, workersStepOf } from '../names.js';
import type { OfferWorld } from './cluster.observe.js';
import type { Target } from './cluster.graph.js';

type Planned = Omit<UpdateStep, 'commence' | 'duration'> & { readonly formulaSeconds: number };

export const cephStepId = 'ceph';

/** Instances on a compute where nobody has counted them: what the published examples reckon with. */
const instancesPerCompute = 25;

/** The steps of an update in their order, with what they mean for others and how long they take. */
export function plannedSteps(world: OfferWorld, target: Target): readonly UpdateStep[] {
  const workers = workerGroups(world).map((group) => workersStep(world, group, target.rebootRequired));
  const planned = [
    openstackStep(world, target),
    ...(hasCeph(world) ? [cephStep(world)] : []),
    controlPlaneStep(world),
    ...workers,
    componentsStep(),
  ];
  return planned.map(({ formulaSeconds, ...step }) => ({
    ...step,
    duration: durationOf(step.id, formulaSeconds, world.past),
    commence: false,
  }));
}

/** What the step took before; the published rule where it never ran. */
function durationOf(step: string, formula: number, past: OfferWorld['past']): NonNullable<UpdateStep['duration']> {
  const times = past.get(step) ?? [];
  if (times.length === 0)
    return { estimated: durationText(formula), info: 'by the published rule; nothing of this cluster is recorded yet' };
  const estimated = durationText(quantile(times, 0.5));
  return { estimated, info: `the middle of ${times.length} earlier updates of this cluster` };
}

/** Groups with workers, and the default one, in the order of their index. */
function workerGroups({ cluster, groups, machines }: OfferWorld): readonly UpdateGroup[] {
  const { name } = cluster.metadata;
  const used = new Set(machines.filter((machine) => !isControlPlane(machine)).map((machine) => groupOf(machine, name)));
  return groups
    .filter(({ metadata }) => used.has(metadata.name) || metadata.name === defaultGroupOf(name))
    .sort((a, b) => a.spec.index - b.spec.index || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Without one nobody is asked about it. lifecycle-svc tells it by the nodes and locks of the cluster. */
function hasCeph({ cluster }: OfferWorld): boolean {
  return cluster.status?.providerStatus?.ceph !== undefined;
}

function sizeOf(world: OfferWorld) {
  const { machines } = world;
  const having = (label: string): number => machines.filter((machine) => hasNodeLabel(machine, label)).length;
  return {
    computes: having('openstack-compute-node'),
    gateways: having('openstack-gateway'),
    controlPlane: machines.filter(isControlPlane).length,
    workers: machines.filter((machine) => !isControlPlane(machine)).length,
    instancesPerCompute,
    hasCeph: hasCeph(world),
    reboots: true,
  };
}

function openstackStep(world: OfferWorld, { release }: Target): Planned {
  const known = release.spec.allowedOpenstackReleases?.map(({ id }) => id) ?? [];
  return {
    id: 'openstack',
    name: 'Update OpenStack and its networking',
    description:
      'The life cycle controllers move to the release, then every OpenStack and SDN service; its major version stays.',
    constraints: [
      'the cluster is ready and not in maintenance',
      'no other update of the cluster runs',
      ...(known.length === 0 ? [] : [`the OpenStack of its cloud is one of ${known.join(', ')}`]),
    ],
    impact: {
      users: 'minor',
      workloads: 'none',
      info: 'APIs answer more slowly, or not for moments; instances and their traffic go on.',
    },
    granularity: 'cluster',
    formulaSeconds: openstackSeconds(sizeOf(world)),
  };
}

function cephStep(world: OfferWorld): Planned {
  return {
    id: cephStepId,
    name: 'Update Ceph',
    description: 'Monitors, managers, OSDs and gateways move to the release, one failure domain at a time.',
    constraints: ['Ceph is healthy'],
    impact: { users: 'none', workloads: 'minor', info: 'Disks may answer more slowly while OSDs restart.' },
    granularity: 'cluster',
    formulaSeconds: cephSeconds(sizeOf(world)),
  };
}

function controlPlaneStep({ machines }: OfferWorld): Planned {
  return {
    id: 'k8s-controllers',
    name: 'Update control plane machines',
    description: 'Host operating system, container runtime and Kubernetes of the control plane, machine by machine.',
    constraints: ['etcd keeps its majority'],
    impact: { users: 'minor', workloads: 'none', info: 'The Kubernetes API fails over.' },
    granularity: 'machine',
    formulaSeconds: controlPlaneMachineSeconds * machines.filter(isControlPlane).length,
  };
}

function workersStep({ cluster, machines }: OfferWorld, group: UpdateGroup, mayReboot: boolean): Planned {
  const reboots = mayReboot && group.spec.rebootIfUpdateRequires === true;
  const own = machines.filter(
    (machine) => !isControlPlane(machine) && groupOf(machine, cluster.metadata.name) === group.metadata.name,
  );
  return {
    id: workersStepOf(group.metadata.name),
    name: `Update workers of ${group.metadata.name}`,
    description: `Host operating system, container runtime and Kubernetes of ${own.length} workers, at most ${group.spec.concurrentUpdates} at once.`,
    constraints: [
      'no budget is exceeded: zones, failure domains, gateways, quorums, room for instances',
      'no lock holds the machine',
    ],
    impact: {
      users: 'none',
      workloads: reboots ? 'major' : 'minor',
      info: reboots
        ? 'Instances are moved away before a host reboots; those that cannot be are stopped.'
        : 'Pods are drained and start again; instances go on.',
    },
    granularity: 'machine',
    formulaSeconds: groupSeconds(own, group.spec.concurrentUpdates, reboots),
  };
}

function groupSeconds(own: readonly Machine[], concurrent: number, reboots: boolean): number {
  const each = own.map((machine) => workerSeconds(hasNodeLabel(machine, 'openstack-compute-node'), reboots));
  return Math.max(0, ...each, each.reduce((sum, seconds) => sum + seconds, 0) / concurrent);
}

function componentsStep(): Planned {
  return {
    id: 'mcc-components',
    name: 'Update other components',
    description: 'The charts of the release but those of controllers: StackLight, load balancer, volumes and others.',
    impact: { users: 'none', workloads: 'none', info: 'Monitoring restarts part by part.' },
    granularity: 'cluster',
    formulaSeconds: componentsSeconds,
  };
}
