import { annotations, finalizers, labels } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { covers } from '../covers.js';
import { clusterNameOf, isDisabled, isLeaving } from '../membership.js';
import { endpointOf, instanceNameOf } from '../names.js';
import { lcmMachineSpec } from './machine.agent.js';
import { hostName, planClaim } from './machine.claim.js';
import { planLeaving } from './machine.deletion.js';
import { isProvisioned, planHost } from './machine.host.js';
import { maintenanceOutcome } from './machine.maintenance.js';
import { nodePatch, nodeProblem } from './machine.node.js';
import type { MachineWorld } from './machine.observe.js';
import type { MachineStep } from './machine.steps.js';
import { whyChanged } from './machine.why.js';

/** What a Machine needs next: a host, an account for its agent, an operating system, then labels on its node. */
export function planMachine(world: MachineWorld): Plan<MachineStep> {
  const why = whyChanged(world);
  return { ...planFor(world), ...(why === undefined ? {} : { why }) };
}

function planFor(world: MachineWorld): Plan<MachineStep> {
  const { machine, host } = world;
  if (isLeaving(machine)) return planLeaving(world);
  if (machine.metadata.finalizers?.includes(finalizers.machine) !== true) {
    return { steps: [{ type: 'hold', machine }], outcome: progressing('the machine is taken into care') };
  }
  const orphan = clusterProblem(world);
  if (orphan !== undefined) return { steps: [], outcome: orphan };
  if (host === undefined) return planClaim(world);
  const steps: MachineStep[] = [...bindSteps(world), ...agentSteps(world)];
  if (steps.length > 0)
    return {
      steps,
      outcome: progressing('the host is bound and its agent gets an account'),
      why: `host ${host.metadata.name} is taken`,
    };
  return planHost(world) ?? planNode(world);
}

function clusterProblem({ machine, cluster, clusterName, release }: MachineWorld): Outcome | undefined {
  const { namespace, name } = machine.metadata;
  if (clusterName === undefined)
    return blockedBy(
      { kind: 'Machine', namespace, name },
      'ClusterLabelMissing',
      `the label ${labels.clusterName} is missing: it says which Cluster the machine belongs to`,
    );
  const reference = { kind: 'Cluster', namespace, name: clusterName };
  if (cluster === undefined)
    return waitingOn(reference, 'ClusterMissing', `there is no Cluster ${clusterName} in namespace ${namespace ?? ''}`);
  if (release === undefined)
    return waitingOn(
      reference,
      'ClusterNotSettled',
      cluster.status?.errorMessage ?? 'the Cluster has not settled on its release yet',
    );
  return undefined;
}

/** The claim may have been made by a pass that died before it wrote the binding down. */
function bindSteps({ machine, host }: MachineWorld): MachineStep[] {
  if (host === undefined || machine.metadata.annotations?.[annotations.machineHost] === hostName(host)) return [];
  return [{ type: 'bind', machine, host: hostName(host) }];
}

/** The LCMMachine comes last: where it is, the agent's account and rights are too. */
function agentSteps(world: MachineWorld): MachineStep[] {
  const { machine, lcmMachine } = world;
  const spec = lcmMachineSpec(world, false);
  if (lcmMachine === undefined)
    return [
      { type: 'admit-agent', machine },
      { type: 'apply-lcmmachine', machine, spec },
    ];
  return covers(lcmMachine.spec, spec) ? [] : [{ type: 'apply-lcmmachine', machine, spec }];
}

/** Follows the LCMMachine and keeps the labels of the node. */
function planNode(world: MachineWorld): Plan<MachineStep> {
  const { machine, node, cluster } = world;
  const steps: MachineStep[] = [];
  if (node !== undefined && world.child.contact.answers) {
    const patch = nodePatch(world);
    steps.push(...disableSteps(world, node.metadata.name));
    if (patch !== undefined) {
      steps.push({
        type: 'label-node',
        cluster: { namespace: cluster?.metadata.namespace, name: cluster?.metadata.name ?? '' },
        node: node.metadata.name,
        patch,
      });
    }
  }
  return { steps, outcome: isDisabled(machine) ? settled : (maintenanceOutcome(world) ?? outcomeOf(world)) };
}

/** The workloads hear of a disabled node, and when it is back. */
function disableSteps({ machine, child }: MachineWorld, node: string): MachineStep[] {
  const isTold = child.protocol?.isDisabled(node);
  if (isTold === undefined || isTold === isDisabled(machine)) return [];
  const cluster = { namespace: machine.metadata.namespace, name: clusterNameOf(machine) ?? '' };
  return isTold ? [{ type: 'withdraw-disabled', cluster, node }] : [{ type: 'notify-disabled', cluster, node }];
}

function outcomeOf(world: MachineWorld): Outcome {
  const { machine, lcmMachine, child, node, cluster } = world;
  const { namespace, name } = machine.metadata;
  const { host } = world;
  if (host !== undefined && isProvisioned(host) && host.status?.poweredOn === false) {
    return waitingOn(
      { kind: 'BareMetalHost', namespace, name: host.metadata.name },
      'HostOff',
      `host ${host.metadata.name} is switched off`,
    );
  }
  const progress = lcmMachine?.status?.progress;
  if (lcmMachine?.status?.lcmOperationStuck === true || lcmMachine?.status?.state !== 'Ready') {
    const message = progress?.message ?? 'waits for the LCMMachine';
    return waitingOn({ kind: 'LCMMachine', namespace, name }, progress?.reason ?? 'LCMPending', message);
  }
  if (!child.contact.answers)
    return waitingOn(
      { kind: 'KubernetesAPI', name: `${namespace ?? ''}/${cluster?.metadata.name ?? ''}` },
      'APISilent',
      `the API of the cluster at ${endpointOf(cluster?.status?.providerStatus?.loadBalancerHost ?? '')} does not answer: ${child.contact.why}`,
      30,
    );
  const instance = instanceNameOf(machine);
  if (node === undefined)
    return waitingOn(
      { kind: 'Node', name: instance },
      'NodeMissing',
      `node ${instance} has not registered with the cluster`,
      30,
    );
  const problem = nodeProblem(world);
  if (problem !== undefined) return waitingOn({ kind: 'Node', name: instance }, 'NodeNotReady', problem, 30);
  return hostTrouble(world) ?? settled;
}

/** The machine works, but its host cannot be managed: nothing that needs its BMC would succeed. */
function hostTrouble({ host }: MachineWorld): Outcome | undefined {
  const { operationalStatus, errorMessage = '' } = host?.status ?? {};
  if (host === undefined || operationalStatus === undefined || operationalStatus === 'OK') return undefined;
  const { namespace, name } = host.metadata;
  return waitingOn(
    { kind: 'BareMetalHost', namespace, name },
    'HostFailing',
    `host ${name} is ${operationalStatus}${errorMessage === '' ? '' : `: ${errorMessage}`}`,
  );
}
