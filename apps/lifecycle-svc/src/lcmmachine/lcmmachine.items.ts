import type { ItemPhase, LCMMachine, MachineTypes, StateItem, StateItemStatus } from '@keelson/api';
import { itemHash } from '@keelson/agent';
import type { ClusterPart } from '../names.js';

/** What the placeholders in params of a release's items stand for (docs/reference, ClusterRelease). */
export interface ItemValues {
  readonly clusterName: string;
  readonly clusterNamespace: string;
  readonly machineName: string;
  readonly nodeName: string;
  readonly machineType: ClusterPart;
  /** Empty on workers. */
  readonly controlPlaneRole: ControlPlaneRole | '';
  readonly externalEndpoint: string;
  readonly controlNodeIP: string;
  readonly nodeIP: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  readonly dedicatedControlPlane: string;
  readonly containerRegistries: string;
  readonly deploymentSecret: string;
}

/** init makes the cluster, join becomes a further member of its control plane. */
export type ControlPlaneRole = 'init' | 'join';

/**
 * Fills in the placeholders of an item. One that refers to the deployment Secret and runs in phase reconfigure also says
 * which content of it is meant, so that a renewed certificate runs it again.
 *
 * @returns the item, or the name of a placeholder that nobody knows: an error of the release
 */
export function renderItem(
  item: StateItem,
  values: ItemValues,
  secretHash: string,
): { readonly item: StateItem } | { readonly unknown: string } {
  const unknown: string[] = [];
  const rendered = Object.entries(item.params ?? {}).map(([name, text]): [string, string] => [
    name,
    text.replaceAll(placeholder, (_whole, word: string) => {
      if (isKnown(word)) return values[word];
      unknown.push(word);
      return '';
    }),
  ]);
  if (unknown[0] !== undefined) return { unknown: unknown[0] };
  const refersToSecret = Object.values(item.params ?? {}).some((text) => text.includes('{{deploymentSecret}}'));
  const more = refersToSecret && item.phase === 'reconfigure' ? [['secretHash', secretHash] as const] : [];
  return { item: item.params === undefined ? item : { ...item, params: Object.fromEntries([...rendered, ...more]) } };
}

const placeholder = /\{\{\s*([A-Za-z]+)\s*\}\}/g;
const known: ReadonlySet<string> = new Set<keyof ItemValues>([
  'clusterName',
  'clusterNamespace',
  'machineName',
  'nodeName',
  'machineType',
  'controlPlaneRole',
  'externalEndpoint',
  'controlNodeIP',
  'nodeIP',
  'podCIDR',
  'serviceCIDR',
  'dedicatedControlPlane',
  'containerRegistries',
  'deploymentSecret',
]);

function isKnown(word: string): word is keyof ItemValues {
  return known.has(word);
}

export function itemsOf(items: readonly StateItem[] | undefined, phase: ItemPhase): readonly StateItem[] {
  if (items === undefined) return [];
  const known = itemsByPhase.get(items);
  const found = known?.[phase] ?? items.filter((item) => (item.phase ?? 'reconfigure') === phase);
  if (known !== undefined) known[phase] = found;
  else if (Object.isFrozen(items)) itemsByPhase.set(items, { [phase]: found });
  return found;
}

/** Of items from caches, which never change. */
const itemsByPhase = new WeakMap<readonly StateItem[], Partial<Record<ItemPhase, readonly StateItem[]>>>();

/** Items of a machine that have not run with success in the form wanted now. */
export function undone(machine: LCMMachine, phase: ItemPhase): readonly StateItem[] {
  const known = undoneOf.get(machine)?.[phase];
  if (known !== undefined) return known;
  const items = freshUndone(machine, phase);
  if (Object.isFrozen(machine)) undoneOf.set(machine, { ...undoneOf.get(machine), [phase]: items });
  return items;
}

/** Objects from caches never change, and a cluster's plan asks this of every machine at every look. */
const undoneOf = new WeakMap<LCMMachine, Partial<Record<ItemPhase, readonly StateItem[]>>>();

function freshUndone(machine: LCMMachine, phase: ItemPhase): readonly StateItem[] {
  const statuses = machine.status?.stateItemStatuses ?? {};
  return itemsOf(machine.spec.stateItems, phase).filter((item) => !isDone(item, statuses[item.name]));
}

function isDone(item: StateItem, status: StateItemStatus | undefined): boolean {
  return status !== undefined && status.exitCode === 0 && status.hash === itemHash(item);
}

/** True once the machine was given deploy items and all of them are done. */
export function isDeployed(machine: LCMMachine | undefined): boolean {
  return (
    machine !== undefined &&
    itemsOf(machine.spec.stateItems, 'deploy').length > 0 &&
    undone(machine, 'deploy').length === 0
  );
}

/** True once the machine was given deploy items: it is, or becomes, a member of its cluster. */
export function isReleased(machine: LCMMachine | undefined): boolean {
  return machine !== undefined && itemsOf(machine.spec.stateItems, 'deploy').length > 0;
}

/** True when all prepare items are given and done. */
export function isPrepared(machine: LCMMachine): boolean {
  return (machine.spec.stateItems ?? []).length > 0 && undone(machine, 'prepare').length === 0;
}

/** The role that the machine's deploy items carry, if any of them does. */
export function roleGiven(machine: LCMMachine | undefined): ControlPlaneRole | undefined {
  const role = itemsOf(machine?.spec.stateItems, 'deploy')
    .map((item) => item.params?.['role'])
    .find((text) => text === 'init' || text === 'join');
  return role === 'init' || role === 'join' ? role : undefined;
}

/** Version of the Kubernetes distribution that the items install, where they say so. */
export function ucpVersionOf(items: readonly StateItem[] | undefined): string | undefined {
  return (items ?? []).map((item) => item.params?.['ucp_tag']).find((version) => version !== undefined);
}

/** The wanted items that lead to a phase: phases up to it of the release, for one part of the cluster. */
export function releaseItems(
  machineTypes: MachineTypes | undefined,
  part: ClusterPart,
  phase: ItemPhase,
): readonly StateItem[] {
  return itemsOf(machineTypes?.[part], phase);
}
