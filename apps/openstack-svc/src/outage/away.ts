import { type Node, NodeDisableNotificationKind, NodeKind, NodeOutageKind } from '@keelson/api';
import { isNodeReady } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { rolesOf } from '../locks/lock-controller.js';

/** Kubernetes' own word for a node that an operator knows to be off. */
const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** Since when a node is not Ready, milliseconds since the epoch; undefined where it is, or nobody says since when. */
export function awaySince(node: Node): number | undefined {
  if (isNodeReady(node)) return undefined;
  const since = Date.parse(node.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? undefined : since;
}

/** What is said in the cluster, beside that it is not Ready, of a node that is down. */
export function witnessOf(reader: Reader, name: string): string | undefined {
  const notified = reader.list(NodeDisableNotificationKind).some(({ spec }) => spec.nodeName === name);
  if (notified) return `the NodeDisableNotification of ${name}`;
  const taints = reader.get(NodeKind, { name })?.spec?.taints ?? [];
  return taints.some(({ key }) => key === outOfServiceTaint) ? `the taint ${outOfServiceTaint}` : undefined;
}

/**
 * Why nothing may be concluded from nodes that are away: when most are, it is rather the network or this cluster's control
 * plane that is ill. Nodes that are shown to be down do not count: of the one that is looked at it is known now, of
 * others as their outages tell.
 */
export function fenceOf(
  reader: Reader,
  lookedAt: { readonly node: string; readonly isShown: boolean },
): string | undefined {
  const told = reader.list(NodeOutageKind).filter(({ status }) => status?.witness !== undefined);
  const shown = new Set(told.map(({ spec }) => spec.nodeName));
  const isShown = (name: string): boolean =>
    name === lookedAt.node ? lookedAt.isShown : shown.has(name) || witnessOf(reader, name) !== undefined;
  const nodes = reader.list(NodeKind).filter((node) => rolesOf(node).length > 0 && !isShown(node.metadata.name));
  const away = nodes.filter((node) => !isNodeReady(node));
  if (away.length * 2 <= nodes.length) return undefined;
  return `${away.length} of ${nodes.length} nodes of the cloud are not Ready: nothing is taken from them until most are, or until they are shown to be down one by one`;
}
