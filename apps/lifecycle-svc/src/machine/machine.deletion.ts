import { type BareMetalHost, finalizers } from '@keelson/api';
import { type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { isClosing, providerSpecOf } from '../membership.js';
import { lcmMachineSpec } from './machine.agent.js';
import type { MachineWorld } from './machine.observe.js';
import { quorumProblem } from './machine.quorum.js';
import type { MachineStep } from './machine.steps.js';

/**
 * The way out. graceful: the node leaves the cluster first. unsafe: without that. forced: the finalizer goes even if the
 * host cannot be given back. Then the agent's account, the host, the finalizer, in that order.
 */
export function planLeaving(world: MachineWorld): Plan<MachineStep> {
  const { machine } = world;
  if (
    machine.metadata.deletionTimestamp !== undefined &&
    machine.metadata.finalizers?.includes(finalizers.machine) !== true
  )
    return { steps: [], outcome: settled };
  const waiting = needsPreparation(world) ? planPreparation(world) : undefined;
  if (waiting !== undefined) return waiting;
  if (machine.metadata.deletionTimestamp === undefined) {
    return {
      steps: [{ type: 'delete-machine', machine }],
      outcome: progressing('its node is out of the cluster: the Machine is deleted'),
      why: 'the preparation of its deletion is completed',
    };
  }
  return planGiveBack(world);
}

/** Only graceful prepares, and only where there is a cluster to be spared. */
function needsPreparation({ machine, cluster, lcmMachine }: MachineWorld): boolean {
  return (
    (providerSpecOf(machine).deletionPolicy ?? 'graceful') === 'graceful' &&
    cluster !== undefined &&
    !isClosing(cluster) &&
    lcmMachine !== undefined
  );
}

/** Undefined once the node is out of the cluster. */
function planPreparation(world: MachineWorld): Plan<MachineStep> | undefined {
  const { machine, lcmMachine, control } = world;
  const { namespace, name } = machine.metadata;
  if (lcmMachine?.spec.prepareDeletion === true && lcmMachine.status?.prepareDeletionPhase === 'completed')
    return undefined;
  if (lcmMachine?.spec.prepareDeletion !== true) {
    const risk = quorumProblem(machine, control);
    if (risk !== undefined) return { steps: [], outcome: risk };
    return {
      steps: [{ type: 'apply-lcmmachine', machine, spec: lcmMachineSpec(world, true) }],
      outcome: progressing('its node is asked to leave the cluster'),
      why: 'its deletion is asked for',
    };
  }
  const message =
    lcmMachine.status?.kubernetesCordonDrainError ??
    lcmMachine.status?.progress?.message ??
    'its node is being drained';
  return {
    steps: [],
    outcome: waitingOn(
      { kind: 'LCMMachine', namespace, name },
      lcmMachine.status?.prepareDeletionPhase === 'failed' ? 'DrainFailed' : 'Draining',
      message,
      30,
    ),
  };
}

function planGiveBack(world: MachineWorld): Plan<MachineStep> {
  const { machine, lcmMachine, host } = world;
  const forced = providerSpecOf(machine).deletionPolicy === 'forced';
  const silence: MachineStep[] = lcmMachine === undefined ? [] : [{ type: 'remove-lcmmachine', machine }];
  if (host === undefined)
    return {
      steps: [...silence, ...farewell(world)],
      outcome: progressing('the machine is let go'),
      why: 'nothing is left to give back',
    };
  if (forced)
    return {
      steps: [...silence, { type: 'abandon-host', host }, ...farewell(world)],
      outcome: progressing('the machine is let go without waiting for its host'),
      why: 'the policy is forced',
    };
  if (isInstalled(host))
    return {
      steps: [...silence, { type: 'wipe-host', host }],
      outcome: waitingOn(hostReference(host), 'Deprovisioning', `host ${host.metadata.name} is to be wiped`, 2),
      why: 'its node is out of the cluster',
    };
  if (!isBack(host)) return { steps: silence, outcome: deprovisioning(host) };
  return {
    steps: [...silence, ...farewell(world, host)],
    outcome: progressing(`host ${host.metadata.name} is given back`),
    why: `host ${host.metadata.name} is available again`,
  };
}

/** The node may have registered again while its host still ran; then the host, the account and the finalizer go. */
function farewell({ machine, cluster, node, child }: MachineWorld, host?: BareMetalHost): MachineStep[] {
  const leavesNode = node !== undefined && child.contact.answers && cluster !== undefined && !isClosing(cluster);
  return [
    ...(leavesNode
      ? [
          {
            type: 'delete-node',
            cluster: { namespace: cluster.metadata.namespace, name: cluster.metadata.name },
            node: node.metadata.name,
          } as const,
        ]
      : []),
    ...(host === undefined ? [] : [{ type: 'release-host', host } as const]),
    { type: 'dismiss-agent', machine },
    { type: 'release', machine },
  ];
}

function isInstalled({ spec }: BareMetalHost): boolean {
  return spec.image !== undefined || spec.userData !== undefined || spec.metaData !== undefined;
}

function isBack(host: BareMetalHost): boolean {
  const state = host.status?.provisioning.state;
  return state === 'available' || state === 'ready' || host.metadata.deletionTimestamp !== undefined;
}

function deprovisioning(host: BareMetalHost): Outcome {
  const { errorMessage, provisioning } = host.status ?? {};
  const trouble =
    errorMessage === undefined || errorMessage === ''
      ? ''
      : `: ${errorMessage}. Cure it, or set spec.providerSpec.value.deletionPolicy to forced to let go of the host as it is`;
  return waitingOn(
    hostReference(host),
    trouble === '' ? 'Deprovisioning' : 'HostFailing',
    `host ${host.metadata.name} is ${provisioning?.state ?? 'not registered'}${trouble}`,
    30,
  );
}

function hostReference(host: BareMetalHost) {
  return { kind: 'BareMetalHost', namespace: host.metadata.namespace, name: host.metadata.name };
}
