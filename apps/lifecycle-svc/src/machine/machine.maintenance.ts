import type { Condition, LCMMachine, MachineProviderStatus } from '@keelson/api';
import { type Outcome, waitingOn } from '@keelson/reconcile';
import { isMaintenanceAsked, named } from '../membership.js';
import { isRebootAsked } from '../lcmmachine/lcmmachine.update.js';
import type { MachineWorld } from './machine.observe.js';
import { awayProblem } from './machine.quorum.js';

/** Maintenance of one machine, as an operator asks for it. Source: reference/mosk-api/maintenance-and-updates.md, sequence B. */

type Asked = Pick<MachineWorld, 'machine' | 'cluster' | 'lcmMachine' | 'control'>;

/** Whether its node should be out of use now. What was begun stays while it is asked for. */
export function isMaintenanceOn(world: Asked): boolean {
  if (!isMaintenanceAsked(world.machine)) return false;
  return world.lcmMachine?.spec.maintenance === true || holdsBack(world) === undefined;
}

/** What keeps the maintenance from beginning: the cluster is not in maintenance, or etcd would lose its majority. */
function holdsBack({ machine, cluster, control }: Asked): Outcome | undefined {
  const { namespace } = machine.metadata;
  if (cluster?.status?.providerStatus?.maintenance !== true)
    return waitingOn(
      { kind: 'Cluster', namespace, name: cluster?.metadata.name ?? '' },
      'ClusterNotInMaintenance',
      cluster?.spec.providerSpec.value?.maintenance === true
        ? 'waits until its cluster is in maintenance'
        : 'its cluster comes first: set spec.providerSpec.value.maintenance of the Cluster',
    );
  return awayProblem(machine, control);
}

/** What the maintenance of the machine waits for, on the way in or back; undefined when it stands as asked. */
export function maintenanceOutcome(world: MachineWorld): Outcome | undefined {
  const { machine, lcmMachine } = world;
  const isAsked = isMaintenanceAsked(machine);
  const isIn = lcmMachine?.status?.maintenance === true;
  if (isAsked === isIn && (isIn || lcmMachine?.status?.kubernetesCordonDrain === undefined)) return undefined;
  if (isAsked && lcmMachine?.spec.maintenance !== true) return holdsBack(world);
  const { namespace, name } = machine.metadata;
  const progress = lcmMachine?.status?.progress;
  return waitingOn(
    { kind: 'LCMMachine', namespace, name },
    progress?.reason ?? (isAsked ? 'EntersMaintenance' : 'LeavesMaintenance'),
    progress?.message ?? (isAsked ? 'its node is being taken out of use' : 'its node is being put back into use'),
  );
}

/**
 * Shown while maintenance is asked for or in effect; it is ready when the two are the same, and while it has not begun: a
 * machine that only waits for its cluster works.
 */
export function maintenanceCondition(world: MachineWorld): readonly Condition[] {
  const isIn = world.lcmMachine?.status?.maintenance === true;
  if (!isIn && !isMaintenanceAsked(world.machine)) return [];
  const waits = maintenanceOutcome(world);
  const message = waits !== undefined && 'message' in waits ? waits.message : undefined;
  const hasBegun = isIn || world.lcmMachine?.spec.maintenance === true;
  return [
    { type: 'Maintenance', ready: waits === undefined || !hasBegun, message: message ?? 'its node is out of use' },
  ];
}

export function maintenanceStatus({ lcmMachine }: MachineWorld): Pick<MachineProviderStatus, 'maintenance'> {
  return lcmMachine?.status?.maintenance === true ? { maintenance: true } : {};
}

/** Shown while its host is to be restarted by a GracefulRebootRequest, or should be. */
export function rebootConditions({ lcmMachine }: MachineWorld): readonly Condition[] {
  const isAsked = lcmMachine !== undefined && isRebootAsked(lcmMachine);
  const reason = rebootReason(lcmMachine);
  return [
    ...(isAsked
      ? [{ type: 'GracefulReboot', ready: false, message: 'its host is to be restarted' } satisfies Condition]
      : []),
    ...(reason === undefined ? [] : [{ type: 'Reboot', ready: false, message: reason } satisfies Condition]),
  ];
}

/** Whether its host needs a restart, and why: for the sake of an update, or because its operating system says so. */
export function rebootStatus(lcmMachine: LCMMachine | undefined): Pick<MachineProviderStatus, 'reboot'> {
  const reason = rebootReason(lcmMachine);
  return reason === undefined ? {} : { reboot: { required: true, reason } };
}

function rebootReason(lcmMachine: LCMMachine | undefined): string | undefined {
  const { rebootDue, hostInfo: { rebootRequired, rebootPackages = [] } = {} } = lcmMachine?.status ?? {};
  const packages = rebootPackages.length === 0 ? '' : ` for ${named(rebootPackages)}`;
  const reasons = [
    ...(rebootDue === undefined ? [] : [`the update to ${rebootDue.release} ends with a restart, which is still due`]),
    ...(rebootRequired === true ? [`the operating system asks for a restart${packages}`] : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}
