import type { ClusterProviderStatus, Machine } from '@keelson/api';
import { type Outcome, waitingOn } from '@keelson/reconcile';
import { isMaintenanceAsked, named } from '../membership.js';
import type { ClusterWorld } from './cluster.observe.js';

/** Maintenance of a whole cluster. Source: reference/mosk-api/maintenance-and-updates.md, sequence B. */

/** Asked for, or still needed by a machine: machines come back first. */
export function isMaintenanceOn(world: ClusterWorld): boolean {
  return isAsked(world) || (world.lcmCluster?.spec.maintenance === true && machinesIn(world).length > 0);
}

/** What the maintenance waits for, on the way in or back; undefined when it stands as asked. */
export function maintenanceOutcome(world: ClusterWorld): Outcome | undefined {
  const { cluster, lcmCluster } = world;
  const { namespace, name } = cluster.metadata;
  const isIn = lcmCluster?.status?.maintenance === true;
  if (isAsked(world) === isIn) return undefined;
  const [first] = machinesIn(world);
  if (!isAsked(world) && first !== undefined)
    return waitingOn(
      { kind: 'Machine', namespace, name: first.metadata.name },
      'MachinesInMaintenance',
      `its machines come back first: unset spec.providerSpec.value.maintenance of ${named(machinesIn(world))}`,
    );
  const progress = lcmCluster?.status?.progress;
  return waitingOn(
    { kind: 'LCMCluster', namespace, name },
    progress?.reason ?? (isAsked(world) ? 'EntersMaintenance' : 'LeavesMaintenance'),
    progress?.message ?? (isAsked(world) ? 'the workloads are asked to be ready for it' : 'the request is withdrawn'),
  );
}

export function maintenanceStatus({ lcmCluster }: ClusterWorld): Pick<ClusterProviderStatus, 'maintenance'> {
  return lcmCluster?.status?.maintenance === true ? { maintenance: true } : {};
}

function isAsked({ cluster }: ClusterWorld): boolean {
  return cluster.spec.providerSpec.value?.maintenance === true;
}

function machinesIn({ machines, lcmMachines }: ClusterWorld): readonly Machine[] {
  const inMaintenance = new Set(
    lcmMachines
      .filter(({ spec, status }) => spec.maintenance === true || status?.maintenance === true)
      .map((machine) => machine.metadata.name),
  );
  return machines.filter((machine) => isMaintenanceAsked(machine) || inMaintenance.has(machine.metadata.name));
}
