import {
  ClusterWorkloadLockKind,
  type Kind,
  type KubeObject,
  NodeWorkloadLockKind,
  PodDisruptionBudgetKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';

/** What of the cluster itself can hold an update up: locks of workloads, and budgets. */
const kinds: readonly Kind[] = [ClusterWorkloadLockKind, NodeWorkloadLockKind, PodDisruptionBudgetKind];

/**
 * Reads from the cluster's own API what can hold its update up. Read, never written.
 *
 * @throws Failure when it does not answer
 */
export async function readInside(api: KubeApi): Promise<readonly KubeObject[]> {
  const all: KubeObject[] = [];
  for (const kind of kinds) all.push(...(await api.list<KubeObject>(kind)).items);
  return all;
}
