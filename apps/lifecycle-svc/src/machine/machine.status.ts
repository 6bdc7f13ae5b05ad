import {
  type BareMetalHost,
  type Condition,
  type MachineConditionType,
  type MachineProviderStatus,
  type MachineState,
  type MachineStatus,
  ipamServices,
  providerPayloads,
} from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { internalIpOf, isLeaving, orderOf, partOf, providerSpecOf } from '../membership.js';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { instanceNameOf } from '../names.js';
import { hostName } from './machine.claim.js';
import { isProvisioned } from './machine.host.js';
import { maintenanceCondition, maintenanceStatus, rebootConditions, rebootStatus } from './machine.maintenance.js';
import type { MachineWorld } from './machine.observe.js';
import { nodeProblem } from './machine.node.js';
import { phaseIn, stateIn } from './machine.state.js';
import type { MachineStep } from './machine.steps.js';

/** The whole status of a Machine. `ready` needs fresh evidence of host, agent and node. */
export function machineStatus(world: MachineWorld, { outcome }: PlanResult<MachineStep>): MachineStatus | undefined {
  const { machine, host, lcmMachine } = world;
  // The next pass comes at once and sees what this one has changed: one write for both.
  if (outcome.type === 'progressing') return undefined;
  // With the state that the agent's first report brings, not a moment before it.
  const addresses = lcmMachine?.status?.state === 'Uninitialized' ? undefined : lcmMachine?.status?.addresses;
  return {
    phase: phaseIn(world),
    ...(host === undefined
      ? {}
      : { instanceName: instanceNameOf(machine), providerID: `baremetal://${hostName(host)}` }),
    ...nodeRefOf(world),
    ...(addresses === undefined ? {} : { addresses }),
    ...(outcome.type === 'blocked' ? { errorReason: outcome.reason, errorMessage: outcome.message } : {}),
    providerStatus: providerStatusOf(world, stateIn(world)),
  };
}

function providerStatusOf(world: MachineWorld, state: MachineState | undefined): MachineProviderStatus {
  const { machine, host, lcmMachine } = world;
  const conditions = conditionsOf(world);
  const privateIp =
    world.ipamHost?.status?.serviceMap?.[ipamServices.lcm]?.[0]?.ipAddress ?? internalIpOf(world.lcmMachine);
  const hardware = host === undefined ? undefined : hardwareOf(host);
  const leaving = leavingOf(world);
  const order = orderOf(machine);
  return {
    apiVersion: providerPayloads.apiVersion,
    kind: providerPayloads.machineStatus,
    ...(state === undefined ? {} : { status: state }),
    ready:
      state === 'Ready' &&
      !isLeaving(machine) &&
      conditions.every((condition) => condition.ready || condition.type === 'Reboot'),
    conditions: [...conditions],
    ...(privateIp === undefined ? {} : { privateIp }),
    ...(hardware === undefined ? {} : { hardware }),
    ...(host === undefined
      ? {}
      : {
          providerInstanceState: {
            id: hostName(host),
            state: host.status?.provisioning.state ?? '',
            ready: isHostWell(host),
          },
        }),
    ...maintenanceStatus(world),
    ...(order === undefined ? {} : { upgradeIndex: order }),
    ...rebootStatus(lcmMachine),
    ...leaving,
  };
}

function leavingOf({
  machine,
  lcmMachine,
}: MachineWorld): Pick<MachineProviderStatus, 'delete' | 'prepareDeletionPhase'> {
  const before = machine.status?.providerStatus?.prepareDeletionPhase;
  const phase = lcmMachine?.status?.prepareDeletionPhase ?? (before === 'completed' ? before : undefined);
  if (!isLeaving(machine)) return phase === 'aborting' ? { prepareDeletionPhase: phase } : {};
  return {
    delete: true,
    ...(phase === undefined
      ? lcmMachine?.spec.prepareDeletion === true
        ? { prepareDeletionPhase: 'started' }
        : {}
      : { prepareDeletionPhase: phase }),
  };
}

function conditionsOf(world: MachineWorld): readonly Condition[] {
  return [
    instanceCondition(world),
    lcmCondition(world),
    kubeletCondition(world),
    ...maintenanceCondition(world),
    ...rebootConditions(world),
    ...deletionCondition(world),
  ];
}

function instanceCondition({ host }: MachineWorld): Condition {
  if (host === undefined) return condition('ProviderInstance', false, 'the machine has no host yet');
  const { name } = host.metadata;
  if (isHostWell(host)) return condition('ProviderInstance', true, `host ${name} is provisioned and on`);
  const error = host.status?.errorMessage;
  const state =
    isProvisioned(host) && host.status?.poweredOn === false
      ? 'switched off'
      : (host.status?.provisioning.state ?? 'not registered');
  return condition(
    'ProviderInstance',
    false,
    `host ${name} is ${state}${error === undefined || error === '' ? '' : `: ${error}`}`,
  );
}

function lcmCondition({ lcmMachine }: MachineWorld): Condition {
  const status = lcmMachine?.status;
  if (status?.lcmOperationStuck === true)
    return condition('LCM', false, status.lcmOperationStuckMessage ?? 'its items do not get on');
  if (status?.state === 'Ready') return condition('LCM', true, 'all items are done and its agent is heard');
  return condition(
    'LCM',
    false,
    status?.state === undefined || status.state === 'Uninitialized'
      ? 'its agent has not reported yet'
      : `its LCMMachine is ${status.state}`,
  );
}

function kubeletCondition(world: MachineWorld): Condition {
  const isDone = world.lcmMachine?.status?.state === 'Ready';
  if (!isReleased(world.lcmMachine) || !isJoined(world) || (world.node === undefined && !isDone))
    return condition('Kubelet', false, 'it is no node of its cluster yet');
  if (!world.child.contact.answers)
    return condition(
      'Kubelet',
      false,
      `nothing is known of its node: the API of the cluster does not answer: ${world.child.contact.why}`,
    );
  const problem = nodeProblem(world);
  return problem === undefined ? condition('Kubelet', true, 'its node is Ready') : condition('Kubelet', false, problem);
}

function deletionCondition({ machine, lcmMachine }: MachineWorld): readonly Condition[] {
  if (!isLeaving(machine)) return [];
  const phase = lcmMachine?.status?.prepareDeletionPhase;
  const error = lcmMachine?.status?.kubernetesCordonDrainError;
  const policy = providerSpecOf(machine).deletionPolicy ?? 'graceful';
  if (policy !== 'graceful')
    return [condition('PrepareDeletion', true, `nothing is prepared: the policy is ${policy}`)];
  return [
    condition(
      'PrepareDeletion',
      phase === 'completed' || lcmMachine === undefined,
      error ?? (phase === 'completed' ? 'its node is out of the cluster' : 'its node leaves the cluster'),
    ),
  ];
}

const beforeNode: ReadonlySet<string> = new Set(['Uninitialized', 'Pending', 'Prepare', 'Deploy']);

/** Its node counts from the end of its deploy items on: one write shows both. */
function isJoined({ machine, lcmMachine }: MachineWorld): boolean {
  return machine.status?.nodeRef !== undefined || !beforeNode.has(lcmMachine?.status?.state ?? 'Uninitialized');
}

function nodeRefOf(world: MachineWorld): Pick<MachineStatus, 'nodeRef'> {
  const { machine, node, child } = world;
  if (node !== undefined && isJoined(world))
    return {
      nodeRef: {
        apiVersion: 'v1',
        kind: 'Node',
        name: node.metadata.name,
        ...(node.metadata.uid === undefined ? {} : { uid: node.metadata.uid }),
      },
    };
  return child.contact.answers || machine.status?.nodeRef === undefined ? {} : { nodeRef: machine.status.nodeRef };
}

function isHostWell(host: BareMetalHost): boolean {
  return isProvisioned(host) && host.status?.poweredOn === true && host.status.operationalStatus === 'OK';
}

function hardwareOf({ status }: BareMetalHost): MachineProviderStatus['hardware'] {
  const found = status?.hardware;
  if (found === undefined) return undefined;
  const storage = (found.storage ?? []).map((disk) => ({
    ...(disk.name === undefined ? {} : { name: disk.name }),
    ...(disk.sizeBytes === undefined ? {} : { size: Math.round(disk.sizeBytes / 2 ** 30) }),
    ...diskType(disk.type),
  }));
  return {
    ...(found.cpu?.count === undefined ? {} : { cpu: found.cpu.count }),
    ...(found.ramMebibytes === undefined ? {} : { ram: Math.round(found.ramMebibytes / 1024) }),
    storage,
  };
}

function diskType(type: string | undefined): { type?: 'hdd' | 'ssd' | 'nvme' } {
  const known = (['hdd', 'ssd', 'nvme'] as const).find((one) => one === type?.toLowerCase());
  return known === undefined ? {} : { type: known };
}

function condition(type: MachineConditionType, ready: boolean, message: string): Condition {
  return { type, ready, message };
}

/** A control-plane machine cannot be disabled; the request is answered, not heeded. */
export function isDisableRefused({ machine }: MachineWorld): boolean {
  return partOf(machine) === 'control' && providerSpecOf(machine).disable === true;
}
