import { annotations, finalizers, labels } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { covers } from '../covers.js';
import { isDisabled, isLeaving, providerSpecOf } from '../membership.js';
import { endpointOf, instanceNameOf } from '../names.js';
import { lcmMachineSpec } from './machine.agent.js';
import { forbiddenLabels, hostName, planClaim } from './machine.claim.js';
import { planLeaving } from './machine.deletion.js';
import { isProvisioned, planHost } from './machine.host.js';
import type { MachineWorld } from './machine.observe.js';
import type { MachineStep } from './machine.steps.js';

/** What a Machine needs next: a host, an account for its agent, an operating system, then labels on its node. */
export function planMachine(world: MachineWorld): Plan<MachineStep> {
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
    if (patch !== undefined) {
      steps.push({
        type: 'label-node',
        cluster: { namespace: cluster?.metadata.namespace, name: cluster?.metadata.name ?? '' },
        node: node.metadata.name,
        patch,
      });
    }
  }
  const outcome = isDisabled(machine) ? settled : outcomeOf(world);
  return {
    steps,
    outcome,
    why:
      outcome.type === 'waiting' || outcome.type === 'blocked' ? outcome.message : 'all that was asked of it is done',
  };
}

/** Which of the node's labels are ours to take away again. */
const labelsAnnotation = 'keelson.dev/node-labels';

/** What must change on the node for it to carry the machine's name and labels; undefined when nothing must. */
function nodePatch({ machine, node, release }: MachineWorld): object | undefined {
  const forbidden = new Set(forbiddenLabels(machine, release).map((text) => text.split('=')[0]));
  const asked = (providerSpecOf(machine).nodeLabels ?? [])
    .filter((label) => !forbidden.has(label.key))
    .map((label) => [label.key, label.value ?? ''] as const);
  const wanted: Record<string, string | null> = {
    [labels.machineName]: machine.metadata.name,
    ...Object.fromEntries(asked),
  };
  const keys = asked
    .map(([key]) => key)
    .sort()
    .join(',');
  const before = node?.metadata.annotations?.[labelsAnnotation] ?? '';
  for (const key of before.split(','))
    if (key !== '' && !(key in wanted) && node?.metadata.labels?.[key] !== undefined) wanted[key] = null;
  const differs = Object.entries(wanted).some(([key, value]) => (node?.metadata.labels?.[key] ?? null) !== value);
  if (!differs && before === keys) return undefined;
  return { metadata: { labels: wanted, annotations: { [labelsAnnotation]: keys } } };
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
      30,
    );
  }
  const progress = lcmMachine?.status?.progress;
  if (lcmMachine?.status?.lcmOperationStuck === true || lcmMachine?.status?.state !== 'Ready') {
    const message = progress?.message ?? 'waits for the LCMMachine';
    return waitingOn({ kind: 'LCMMachine', namespace, name }, progress?.reason ?? 'LCMPending', message, 30);
  }
  if (!child.contact.answers)
    return waitingOn(
      { kind: 'KubernetesAPI', name: `${namespace ?? ''}/${cluster?.metadata.name ?? ''}` },
      'APISilent',
      `the API of the cluster at ${endpointOf(cluster?.status?.providerStatus?.loadBalancerHost ?? '')} does not answer: ${child.contact.why}`,
      5,
    );
  const instance = instanceNameOf(machine);
  if (node === undefined)
    return waitingOn(
      { kind: 'Node', name: instance },
      'NodeMissing',
      `node ${instance} has not registered with the cluster`,
      3,
    );
  const problem = nodeProblem(world);
  return problem === undefined ? settled : waitingOn({ kind: 'Node', name: instance }, 'NodeNotReady', problem, 3);
}

/** Why the node is not Ready by its own condition; undefined when it is. */
export function nodeProblem({ node }: MachineWorld): string | undefined {
  if (node === undefined) return 'the node has not registered with the cluster';
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return `node ${node.metadata.name} is not Ready: ${ready?.reason ?? 'Unknown'}${ready?.message === undefined ? '' : `, ${ready.message}`}`;
}
