import {
  type Cluster,
  type KubeObject,
  type LCMMachine,
  type Machine,
  type MachineProviderSpec,
  labels,
} from '@keelson/api';
import type { ClusterPart } from './names.js';

/** Name of the Cluster that an object belongs to; undefined when its label is missing. */
export function clusterNameOf(object: KubeObject): string | undefined {
  const name = object.metadata.labels?.[labels.clusterName];
  return name === '' ? undefined : name;
}

/** `namespace/cluster`: the value of indices by cluster. */
export function clusterIndexOf(object: KubeObject): readonly string[] {
  const cluster = clusterNameOf(object);
  return cluster === undefined ? [] : [`${object.metadata.namespace ?? ''}/${cluster}`];
}

export function partOf(machine: Machine): ClusterPart {
  return machine.metadata.labels?.[labels.controlPlane] === undefined ? 'worker' : 'control';
}

/** The provider's part of a Machine's spec; the API server has filled in its defaults. */
export function providerSpecOf(machine: Machine): Partial<MachineProviderSpec> {
  return machine.spec.providerSpec.value ?? {};
}

/** Its place in the order of an update, from 1; undefined where no operator has given it one. */
export function orderOf(machine: Machine): number | undefined {
  const { upgradeIndex = 0 } = providerSpecOf(machine);
  return upgradeIndex === 0 ? undefined : upgradeIndex;
}

/** Only workers can be disabled: a control plane without one of its members is a broken control plane. */
export function isDisabled(machine: Machine): boolean {
  return partOf(machine) === 'worker' && providerSpecOf(machine).disable === true;
}

/** Whether an operator wants the machine out of use; a leaving one goes for good. */
export function isMaintenanceAsked(machine: Machine): boolean {
  return providerSpecOf(machine).maintenance === true && !isLeaving(machine);
}

/** True from the moment somebody asks for the machine's deletion, by `spec.delete` or by deleting it. */
export function isLeaving(machine: Machine): boolean {
  return machine.metadata.deletionTimestamp !== undefined || providerSpecOf(machine).delete === true;
}

/** True once the node of a leaving machine is out of the cluster. */
export function hasLeft(machine: Machine): boolean {
  return isLeaving(machine) && machine.status?.providerStatus?.prepareDeletionPhase === 'completed';
}

export function isReady(machine: Machine): boolean {
  return machine.status?.providerStatus?.ready === true;
}

/** Whether its host should be restarted, for the sake of an update or of its operating system. */
export function isRebootRequired(machine: Machine): boolean {
  return machine.status?.providerStatus?.reboot?.required === true;
}

const intentions: ReadonlySet<string> = new Set(['PrepareDeletion', 'Maintenance', 'GracefulReboot', 'Reboot']);

/** Works as a member of its cluster, whatever is asked of it: everything but what an operator wants of it is ready. */
export function isHealthy(machine: Machine): boolean {
  const { status, conditions = [] } = machine.status?.providerStatus ?? {};
  return status === 'Ready' && conditions.every((condition) => condition.ready || intentions.has(condition.type));
}

/** Waits that belong to the ordinary course of things: nobody need hear of them. */
const ordinary: ReadonlySet<string> = new Set([
  'ItemsRunning',
  'AwaitsTurn',
  'Provisioning',
  'LCMPending',
  'NetworkPending',
  'AgentUnheard',
  'ClusterPending',
  'CertificatesPending',
  'AddressPending',
  'NoPlace',
  'NodeMissing',
  'ControlPlanePending',
]);

/** What holds a machine up, in its own words; undefined while it only takes its time. */
export function troubleOf({ status }: Machine): string | undefined {
  const { reason, message } = status?.progress ?? {};
  return reason === undefined || ordinary.has(reason) ? undefined : message;
}

/** A Cluster on its way out takes its machines with it: nothing of them is worth saving. */
export function isClosing(cluster: Cluster | undefined): boolean {
  return cluster?.metadata.deletionTimestamp !== undefined;
}

/** The address that the agent reports; undefined before it has reported. */
export function internalIpOf(machine: LCMMachine | undefined): string | undefined {
  return machine?.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
}

/** Sorted by age, then name: the order in which machines of a cluster take their turns. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** A list for a sentence: `cp-1, cp-2 and 4 more`. */
export function named(objects: readonly (KubeObject | string)[], most = 5): string {
  const all = objects.map((object) => (typeof object === 'string' ? object : object.metadata.name));
  return all.length <= most ? all.join(', ') : `${all.slice(0, most).join(', ')} and ${all.length - most} more`;
}
