import { type LCMMachine, type StateItem, annotations } from '@keelson/api';
import { type Plan, progressing, waitingOn } from '@keelson/reconcile';
import type { MaintenanceAsked } from '../child/child-clusters.js';
import { isLeaving } from '../membership.js';
import { updateTurnsOf, type UpdateTurn } from '../lcmcluster/lcmcluster.turn.js';
import { isReleased, itemsOf } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { planOut } from './lcmmachine.out.js';
import { lcmStateOf } from './lcmmachine.states.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';
import { agentOf } from './lcmmachine.wanted.js';

/** The update of one node. Source: reference/mosk-api/maintenance-and-updates.md, sequence A, steps 9 to 12. */

/** Its turn, while the LCMCluster says that it is. */
export function updateTurn({
  lcmCluster,
  owner,
}: Pick<LcmMachineWorld, 'lcmCluster' | 'owner'>): UpdateTurn | undefined {
  return updateTurnsOf(lcmCluster).find(({ uid }) => uid === owner?.metadata.uid);
}

/** True for a node on another release than its cluster should be on: it keeps its items until its turn. */
export function isOutdated({ machine, lcmCluster }: Pick<LcmMachineWorld, 'machine' | 'lcmCluster'>): boolean {
  const { release } = machine.spec;
  return isReleased(machine) && release !== undefined && release !== lcmCluster?.spec.release;
}

/** True while its node is, or must be, out of use for the update. */
export function isInUpdate(world: LcmMachineWorld): boolean {
  const { owner } = world;
  if (owner === undefined || isLeaving(owner) || updateTurn(world) === undefined) return false;
  return isOutdated(world) || isRebootAsked(world.machine) || !isProven(world);
}

/** Until the node is out of use; the items come after that. Undefined once it is. */
export function planUpdateOut(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  return planOut(world, 'upgrade', updateAsked(world));
}

function updateAsked(world: LcmMachineWorld): MaintenanceAsked {
  const release = world.lcmCluster?.spec.release;
  return { scope: updateTurn(world)?.reboots === true ? 'os' : 'drain', ...(release === undefined ? {} : { release }) };
}

/** After its items: the restart that was asked for is over, and the node runs what the items install. */
export function planProof(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine, node } = world;
  if (lcmStateOf(machine) !== 'Ready' || isProven(world)) return undefined;
  const name = node?.metadata.name ?? machine.metadata.name;
  const wanted = kubernetesVersionOf(machine.spec.stateItems);
  const runs = node?.status?.nodeInfo?.['kubeletVersion'];
  return {
    steps: [],
    outcome: waitingOn(
      { kind: 'Node', name },
      isReady(world) ? 'OldKubelet' : 'NodeNotReady',
      isReady(world)
        ? `node ${name} runs kubelet ${runs ?? 'of an unknown version'}, not ${wanted ?? ''} yet`
        : `node ${name} has not come back Ready since it was updated`,
      3,
    ),
  };
}

/** Everything is done and the cluster's own API shows it. */
function isProven(world: LcmMachineWorld): boolean {
  const { machine, node } = world;
  if (lcmStateOf(machine) !== 'Ready' || machine.spec.rebootRequired === true || !isReady(world)) return false;
  const wanted = kubernetesVersionOf(machine.spec.stateItems);
  return wanted === undefined || node?.status?.nodeInfo?.['kubeletVersion'] === wanted;
}

function isReady({ child, node }: LcmMachineWorld): boolean {
  return (
    child.contact.answers &&
    node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

/** Version of Kubernetes that deploy items install, where they say so. */
function kubernetesVersionOf(items: readonly StateItem[] | undefined): string | undefined {
  return itemsOf(items, 'deploy')
    .map((item) => item.params?.['kubernetesVersion'])
    .find((version) => version !== undefined);
}

/** Whether a GracefulRebootRequest wants its host restarted. */
export function isRebootAsked({ metadata }: LCMMachine): boolean {
  return metadata.annotations?.[annotations.lcmGracefulReboot] === 'true';
}

/** A restart for its own sake; one of an update comes with its items. */
export function planRebootBegin(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine } = world;
  if (!isRebootAsked(machine) || isOutdated(world) || machine.spec.rebootRequired === true) return undefined;
  return (
    planRebootReady(world) ?? {
      steps: [{ type: 'begin-reboot', key: { namespace: machine.metadata.namespace, name: machine.metadata.name } }],
      outcome: progressing('its host is asked to restart'),
      why: 'its node is drained for the restart',
    }
  );
}

/** A restart that has happened is no longer asked for. */
export function planRebootEnd({ machine }: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  if (machine.spec.rebootRequired !== true || machine.status?.reboot?.completed !== true) return undefined;
  return {
    steps: [{ type: 'end-reboot', key: { namespace: machine.metadata.namespace, name: machine.metadata.name } }],
    outcome: progressing('its host has restarted'),
    why: 'its host has restarted',
  };
}

/** A restart of before must be forgotten by the agent before another is asked for. */
export function planRebootReady(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine } = world;
  if (machine.spec.rebootRequired === true || machine.status?.reboot === undefined) return undefined;
  return {
    steps: [],
    outcome: waitingOn(agentOf(world), 'RebootForgotten', 'the agent takes note of the last restart', 5),
  };
}
