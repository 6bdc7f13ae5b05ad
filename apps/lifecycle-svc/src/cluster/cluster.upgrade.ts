import { type Cluster, type MCCUpgrade, MCCUpgradeKind, type Reference, mccUpgradeName } from '@keelson/api';
import { type Outcome, waitingOn } from '@keelson/reconcile';
import type { ClusterWorld } from './cluster.observe.js';

/** States of an MCCUpgrade in which something other than the time keeps it from going on. */
const stopped: ReadonlySet<string> = new Set(['Held', 'Stopped']);

/**
 * What stops the update of the management cluster, told by the cluster too: undefined while nothing does, and where it is the
 * cluster itself that is waited for. The update is release-svc's: it is read by its status.
 */
export function upgradeOutcome({ cluster, upgrade }: Pick<ClusterWorld, 'cluster' | 'upgrade'>): Outcome | undefined {
  const { state = '', reason, message, waitingOn: on } = upgrade?.status?.progress ?? {};
  if (!stopped.has(state) || reason === undefined || message === undefined || isItself(on, cluster)) return undefined;
  return waitingOn({ kind: MCCUpgradeKind.kind, name: mccUpgradeName }, reason, message);
}

/** The part of an MCCUpgrade that its cluster tells. */
export function relevantUpgrade({ status }: MCCUpgrade): unknown {
  const { state = '', reason, message, waitingOn: on } = status?.progress ?? {};
  return stopped.has(state) ? [reason, message, on] : undefined;
}

function isItself(on: Reference | undefined, { metadata }: Cluster): boolean {
  return on?.kind === 'Cluster' && on.name === metadata.name && on.namespace === metadata.namespace;
}
