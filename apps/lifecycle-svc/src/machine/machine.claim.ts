import { type BareMetalHost, type Reference, annotations } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, waitingOn } from '@keelson/reconcile';
import { named, providerSpecOf } from '../membership.js';
import type { MachineWorld } from './machine.observe.js';
import { selectorText } from './machine.selector.js';
import type { MachineStep } from './machine.steps.js';

/**
 * Takes a host for a machine that has none. The claim is a compare-and-swap on the host: of two machines that want one,
 * the API server lets one win; the other looks again and names the winner.
 */
export function planClaim(world: MachineWorld): Plan<MachineStep> {
  const { machine } = world;
  const lost = lostHost(world);
  if (lost !== undefined) return { steps: [], outcome: lost };
  const problem = problemOf(world);
  if (problem !== undefined) return { steps: [], outcome: problem };
  const free = world.matching.find(isFree);
  if (free === undefined) return { steps: [], outcome: whyNone(world) };
  return {
    steps: [
      { type: 'claim-host', machine, host: free },
      { type: 'bind', machine, host: hostName(free) },
    ],
    outcome: progressing(`it takes host ${free.metadata.name}`),
    why: `host ${free.metadata.name} is free and matches the selector`,
  };
}

function isFree(host: BareMetalHost): boolean {
  return (
    host.spec.consumerRef === undefined &&
    host.metadata.deletionTimestamp === undefined &&
    host.status?.provisioning.state === 'available'
  );
}

/** A machine that was bound never takes another host: what it had on the first would be left behind unseen. */
function lostHost({ machine, annotated }: MachineWorld): Outcome | undefined {
  const at = machine.metadata.annotations?.[annotations.machineHost];
  if (at === undefined) return undefined;
  const state = annotated === undefined ? 'is gone' : 'no longer belongs to it';
  return blockedBy(
    { kind: 'BareMetalHost', namespace: machine.metadata.namespace, name: at.split('/')[1] ?? at },
    'HostLost',
    `the host ${at} of this machine ${state}: delete the Machine and make another`,
  );
}

/** What only a change of the Machine can cure, found before a host is touched. */
function problemOf({ machine, release }: MachineWorld): Outcome | undefined {
  const spec = providerSpecOf(machine);
  const self: Reference = { kind: 'Machine', namespace: machine.metadata.namespace, name: machine.metadata.name };
  if (spec.hostSelector === undefined || selectorText(spec.hostSelector) === '') {
    return blockedBy(
      self,
      'SelectorMissing',
      'spec.providerSpec.value.hostSelector is empty: say by labels which BareMetalHostInventory the machine may take',
    );
  }
  const allowed = release?.spec.allowedDistributions?.map((one) => one.id) ?? [];
  if (spec.distribution !== undefined && release !== undefined && !allowed.includes(spec.distribution)) {
    return blockedBy(
      self,
      'UnknownDistribution',
      `release ${release.metadata.name} has no distribution ${spec.distribution}; it has ${named(allowed, 10)}: correct spec.providerSpec.value.distribution`,
    );
  }
  const forbidden = forbiddenLabels(machine, release);
  if (forbidden.length > 0) {
    const keys = [...new Set(release?.spec.allowedNodeLabels?.map((label) => label.key) ?? [])];
    return blockedBy(
      self,
      'NodeLabelNotAllowed',
      `spec.providerSpec.value.nodeLabels: ${forbidden.join(', ')} is not among the labels that the release allows: ${named(keys, 20)}`,
    );
  }
  return undefined;
}

/** Keys of node labels that the release does not allow, or not with that value. */
export function forbiddenLabels(machine: MachineWorld['machine'], release: MachineWorld['release']): readonly string[] {
  if (release === undefined) return [];
  const allowed = release.spec.allowedNodeLabels ?? [];
  const isAllowed = (key: string, value: string): boolean =>
    allowed.some((label) => label.key === key && (label.value === undefined || label.value === value));
  return (providerSpecOf(machine).nodeLabels ?? [])
    .filter((label) => !isAllowed(label.key, label.value ?? ''))
    .map((label) => (label.value === undefined ? label.key : `${label.key}=${label.value}`));
}

function whyNone({ machine, matching, hostLabels }: MachineWorld): Outcome {
  const { namespace, name } = machine.metadata;
  const wanted = selectorText(providerSpecOf(machine).hostSelector ?? {});
  if (matching.length === 0) {
    const there =
      hostLabels.length === 0
        ? `there is no host in namespace ${namespace ?? ''}`
        : `labels that hosts have: ${named(hostLabels, 12)}`;
    return blockedBy(
      { kind: 'BareMetalHostInventory', namespace, name: `(${wanted})` },
      'NoMatchingHost',
      `no host matches the selector ${wanted} of machine ${name}; ${there}. Correct spec.providerSpec.value.hostSelector, or label an inventory`,
    );
  }
  const taken = matching.filter((host) => host.spec.consumerRef !== undefined);
  const first = matching.find((host) => host.spec.consumerRef === undefined) ?? matching[0];
  if (first?.spec.consumerRef === undefined && first !== undefined) {
    return waitingOn(
      { kind: 'BareMetalHost', namespace, name: first.metadata.name },
      'HostNotAvailable',
      `host ${first.metadata.name} is ${notAvailable(first)}`,
    );
  }
  const winners = taken.map((host) => `${host.metadata.name} belongs to ${host.spec.consumerRef?.name ?? 'somebody'}`);
  return waitingOn(
    {
      kind: 'Machine',
      namespace: taken[0]?.spec.consumerRef?.namespace ?? namespace,
      name: taken[0]?.spec.consumerRef?.name ?? '',
    },
    'HostTaken',
    `every host that matches ${wanted} is taken: ${named(winners)}`,
    60,
  );
}

const onItsWay: ReadonlySet<string> = new Set(['', 'registering', 'inspecting', 'preparing']);

/** Said in the same words while all goes well: how far the host is, the BareMetalHost says. */
function notAvailable({ metadata, status }: BareMetalHost): string {
  const { errorMessage = '', provisioning } = status ?? {};
  if (metadata.deletionTimestamp !== undefined) return 'being deleted';
  const state = provisioning?.state ?? '';
  if (errorMessage !== '') return `${state === '' ? 'not registered yet' : state}: ${errorMessage}`;
  return onItsWay.has(state) ? 'not available yet: it is registered, inspected and prepared first' : state;
}

export function hostName(host: BareMetalHost): string {
  return `${host.metadata.namespace ?? ''}/${host.metadata.name}`;
}
