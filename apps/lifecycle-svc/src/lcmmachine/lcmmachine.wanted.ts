import type { AgentConfig, ItemPhase, LCMMachine, Reference, StateItem } from '@keelson/api';
import { type Outcome, blockedBy, waitingOn } from '@keelson/reconcile';
import { turnOf } from '../lcmcluster/lcmcluster.turn.js';
import { byAge, internalIpOf, isDisabled, isLeaving, named, providerSpecOf } from '../membership.js';
import { endpointOf, instanceNameOf } from '../names.js';
import {
  type ControlPlaneRole,
  type ItemValues,
  isDeployed,
  isPrepared,
  isReleased,
  itemsOf,
  releaseItems,
  renderItem,
  roleGiven,
  undone,
} from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { isInUpdate, isOutdated } from './lcmmachine.update.js';

/** The items the machine should have now, and what keeps it from getting more. */
export interface Wanted {
  readonly items: readonly StateItem[];
  /** Version of the release they are from, where they are given anew. */
  readonly release?: string;
  /** The agent that goes with that release. */
  readonly agent?: AgentConfig;
  readonly held?: Outcome;
}

/**
 * Items are released phase by phase: prepare at once, deploy and reconfigure when it is the machine's turn. Prepare and
 * deploy items once given stay as they are, for a changed one would be run again on a host that is in use. Those of
 * another release come with the machine's turn to be updated.
 */
export function wantedItems(world: LcmMachineWorld): Wanted {
  const given = world.machine.spec.stateItems ?? [];
  const keep = (held?: Outcome): Wanted => ({ items: given, ...(held === undefined ? {} : { held }) });
  if (internalIpOf(world.machine) === undefined)
    return keep(
      waitingOn(
        agentOf(world),
        'AgentUnheard',
        'waits for the first report of the agent: the host is not installed yet, or the agent cannot reach the management API',
      ),
    );
  if (world.owner === undefined || world.lcmCluster === undefined || world.secretHash === undefined)
    return keep(missing(world));
  if (isDisabled(world.owner) || isLeaving(world.owner)) return keep();
  if (isOutdated(world) && !isInUpdate(world)) return keep();
  const prepare = itemsOf(given, 'prepare').length > 0 ? undefined : mayPrepare(world);
  if (prepare !== undefined) return keep(prepare);
  const turn = isReleased(world.machine) ? undefined : mayDeploy(world);
  return rendered(world, world.secretHash, turn);
}

/**
 * The prepare items and the agent of another release beside what the machine has: they are for a node that is still in use. An
 * item that has the name of one which stays comes with the others, for statuses are found by name.
 */
export function preparingItems(world: LcmMachineWorld): Wanted {
  const { items, release, agent, held } = wantedItems(world);
  if (release === undefined || held !== undefined) return { items, ...(held === undefined ? {} : { held }) };
  const staying = (world.machine.spec.stateItems ?? []).filter((item) => !isToPrepare(item));
  const names = new Set(staying.map(({ name }) => name));
  const preparing = items.filter((item) => isToPrepare(item) && !names.has(item.name));
  return { items: [...preparing, ...staying], ...(agent === undefined ? {} : { agent }) };
}

const isToPrepare = ({ phase }: StateItem): boolean => phase === 'prepare';

function rendered(world: LcmMachineWorld, secretHash: string, held: Outcome | undefined): Wanted {
  const given = world.machine.spec.stateItems ?? [];
  const values = valuesFor(world);
  const unknown: string[] = [];
  const fresh = (phase: ItemPhase): readonly StateItem[] =>
    releaseItems(world.lcmCluster?.spec.machineTypes, world.part, phase).flatMap((item) => {
      const result = renderItem(overwritten(item, world.machine), values, secretHash);
      if ('item' in result) return [result.item];
      unknown.push(`${item.name} holds the placeholder {{${result.unknown}}}`);
      return [];
    });
  const release = world.lcmCluster?.spec.release;
  const isOfRelease = world.machine.spec.release === undefined || world.machine.spec.release === release;
  const frozen = (phase: ItemPhase): readonly StateItem[] =>
    isOfRelease && itemsOf(given, phase).length > 0 ? itemsOf(given, phase) : fresh(phase);
  const isPreparing = held !== undefined;
  const items = isPreparing ? frozen('prepare') : [...frozen('prepare'), ...frozen('deploy'), ...fresh('reconfigure')];
  if (unknown.length > 0) {
    return {
      items: given,
      held: blockedBy(
        { kind: 'ClusterRelease', name: world.lcmCluster?.spec.release ?? '' },
        'UnknownPlaceholder',
        `the release cannot be used: its item ${unknown.join(', ')}, which nobody fills in`,
      ),
    };
  }
  const { agent } = world;
  return {
    items,
    ...(release === undefined ? {} : { release }),
    ...(agent === undefined ? {} : { agent }),
    ...(held === undefined ? {} : { held }),
  };
}

/** What an operator has set for items of this machine alone counts; of items already given it counts with the next release. */
function overwritten(item: StateItem, { spec }: LCMMachine): StateItem {
  const own = spec.stateItemsOverwrites?.[item.name];
  return own === undefined ? item : { ...item, params: { ...item.params, ...own } };
}

function missing({ machine, owner, lcmCluster, deploymentSecret }: LcmMachineWorld): Outcome {
  const { namespace, name } = machine.metadata;
  if (owner === undefined)
    return waitingOn({ kind: 'Machine', namespace, name }, 'MachineGone', `there is no Machine ${name}`);
  if (lcmCluster === undefined) {
    return waitingOn(
      { kind: 'LCMCluster', namespace, name: machine.spec.clusterName ?? '' },
      'ClusterPending',
      'waits for the LCMCluster, which is made when the cluster has its address and certificates',
    );
  }
  return waitingOn(
    { kind: 'Secret', namespace, name: deploymentSecret },
    'CertificatesPending',
    `waits for the Secret ${deploymentSecret} with the certificates of the cluster`,
    5,
  );
}

/** What keeps the machine from its prepare items. */
function mayPrepare(world: LcmMachineWorld): Outcome | undefined {
  const { machine, owner, lcmCluster, workers, part, nodeIP } = world;
  if (owner === undefined) return missing(world);
  const { namespace, name } = machine.metadata;
  if (nodeIP === undefined)
    return waitingOn(
      { kind: 'IpamHost', namespace, name },
      'AddressPending',
      `the IpamHost of ${name} names no address in the network ipam/SVC-k8s-lcm`,
      10,
    );
  if ((providerSpecOf(owner).day1Deployment ?? 'manual') === 'manual') {
    return waitingOn(
      { kind: 'Machine', namespace, name },
      'AwaitsDeployment',
      'waits for an operator: set spec.providerSpec.value.day1Deployment to auto',
    );
  }
  const places = lcmCluster?.spec.maxWorkerPrepareCount ?? 0;
  if (part === 'control' || places === 0) return undefined;
  const preparing = workers.filter(
    (worker) => itemsOf(worker.spec.stateItems, 'prepare').length > 0 && undone(worker, 'prepare').length > 0,
  );
  const before = workers.filter(
    (worker) =>
      internalIpOf(worker) !== undefined && (worker.spec.stateItems ?? []).length === 0 && byAge(worker, machine) < 0,
  );
  if (preparing.length + before.length < places) return undefined;
  return waitingOn(
    { kind: 'LCMMachine', namespace, name: (preparing[0] ?? before[0] ?? machine).metadata.name },
    'NoPlace',
    `${places} workers may prepare at once (maxWorkerPrepareCount); now: ${named([...preparing, ...before])}`,
    5,
  );
}

/** What keeps the machine from its deploy items: the control plane goes one by one, the workers after it. */
function mayDeploy(world: LcmMachineWorld): Outcome | undefined {
  if (!isPrepared(world.machine)) {
    return waitingOn(agentOf(world), 'ItemsRunning', 'the agent carries out the prepare items');
  }
  return world.part === 'control' ? controlTurn(world) : workersTurn(world);
}

function controlTurn(world: LcmMachineWorld): Outcome | undefined {
  const { machine, owner, lcmCluster } = world;
  const turn = turnOf(lcmCluster);
  if (turn !== undefined && turn.machine === machine.metadata.name && turn.uid === owner?.metadata.uid)
    return undefined;
  return waitingOn(
    lcmClusterOf(world),
    'AwaitsTurn',
    'waits for its turn: control-plane machines are deployed one by one, and the LCMCluster says which one now',
  );
}

/** Said in the same words until it is over, for a thousand workers may wait: which machine is missing, the LCMCluster says. */
function workersTurn(world: LcmMachineWorld): Outcome | undefined {
  const members = world.control.filter((member) => !isLeaving(member.machine));
  if (members.length === 0)
    return waitingOn(
      lcmClusterOf(world),
      'NoControlPlane',
      'the cluster has no control-plane machine: label one cluster.sigs.k8s.io/control-plane',
      10,
    );
  const old = members.find(
    ({ lcmMachine }) => lcmMachine !== undefined && isOutdated({ ...world, machine: lcmMachine }),
  );
  if (old !== undefined)
    return waitingOn(
      lcmClusterOf(world),
      'ControlPlaneUpdating',
      'a new worker joins when the control plane is on the release of its items',
    );
  if (members.every((member) => isDeployed(member.lcmMachine)) && world.child.contact.answers) return undefined;
  return waitingOn(
    lcmClusterOf(world),
    'AwaitsControlPlane',
    'waits until the control plane is deployed and its API answers: the LCMCluster says how far it is',
    60,
  );
}

function lcmClusterOf({ machine, lcmCluster }: LcmMachineWorld): Reference {
  const { namespace } = machine.metadata;
  return {
    kind: 'LCMCluster',
    ...(namespace === undefined ? {} : { namespace }),
    name: lcmCluster?.metadata.name ?? '',
  };
}

function valuesFor(world: LcmMachineWorld): ItemValues {
  const { machine, owner, cluster, lcmCluster, part, control, nodeIP, registries, deploymentSecret } = world;
  const network = cluster?.spec.clusterNetwork;
  const role = part === 'worker' ? '' : roleFor(world);
  const first =
    control.find((member) => roleGiven(member.lcmMachine) === 'init') ??
    control.find((member) => isDeployed(member.lcmMachine));
  return {
    clusterName: lcmCluster?.metadata.name ?? '',
    clusterNamespace: machine.metadata.namespace ?? '',
    machineName: machine.metadata.name,
    nodeName: owner === undefined ? '' : instanceNameOf(owner),
    machineType: part,
    controlPlaneRole: role,
    externalEndpoint: endpointOf(lcmCluster?.spec.externalEndpoint?.host ?? ''),
    controlNodeIP: (role === 'init' ? nodeIP : internalIpOf(first?.lcmMachine)) ?? '',
    nodeIP: nodeIP ?? internalIpOf(machine) ?? '',
    podCIDR: network?.pods.cidrBlocks[0] ?? '',
    serviceCIDR: network?.services.cidrBlocks[0] ?? '',
    dedicatedControlPlane: String(cluster?.spec.providerSpec.value?.dedicatedControlPlane ?? true),
    containerRegistries: registries.join(','),
    deploymentSecret,
  };
}

/** A role once given to a machine never changes; one not given yet comes with the turn. */
function roleFor({ machine, owner, lcmCluster }: LcmMachineWorld): ControlPlaneRole | '' {
  const turn = turnOf(lcmCluster);
  return roleGiven(machine) ?? (turn !== undefined && turn.uid === owner?.metadata.uid ? turn.role : '');
}

export function agentOf({ machine }: Pick<LcmMachineWorld, 'machine'>): Reference {
  return {
    kind: 'Agent',
    ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
    name: machine.metadata.name,
  };
}
