import {
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  type Kind,
  type KubeObject,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  workloadControllers,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, sleep } from '@keelson/std';

const everyMs = 5_000;

/**
 * In a rehearsal: the controllers behind the locks of the cluster's workloads, which release them when asked and take them
 * back after. Any other lock is an operator's, and holds until it is deleted. Simulated; nothing is moved anywhere.
 */
export async function holdLocks(api: KubeApi, clock: Clock, signal: AbortSignal, isReal: IsReal): Promise<void> {
  while (!signal.aborted) {
    await lookOnce(api, isReal).catch(() => undefined);
    await sleep(clock, everyMs, signal).catch(() => undefined);
  }
}

/** Whether the locks of nodes that a controller holds are seen to by its own rules. */
type IsReal = (controller: string) => boolean;

async function lookOnce(api: KubeApi, isReal: IsReal): Promise<void> {
  const isOut = (await api.list(ClusterMaintenanceRequestKind)).items.length > 0;
  const nodes = new Set((await api.list(NodeMaintenanceRequestKind)).items.map(({ spec }) => spec.nodeName));
  for (const lock of (await api.list(ClusterWorkloadLockKind)).items)
    await turn(api, ClusterWorkloadLockKind, lock, lock.spec.controllerName, isOut, lock.status?.state);
  for (const lock of (await api.list(NodeWorkloadLockKind)).items.filter((one) => !isReal(one.spec.controllerName)))
    await turn(
      api,
      NodeWorkloadLockKind,
      lock,
      lock.spec.controllerName,
      nodes.has(lock.spec.nodeName),
      lock.status?.state,
    );
}

async function turn(
  api: KubeApi,
  kind: Kind,
  { metadata: { name } }: KubeObject,
  controller: string,
  isAsked: boolean,
  state: string | undefined,
): Promise<void> {
  const wanted = isAsked ? 'inactive' : 'active';
  if (workloadControllers.has(controller) && state !== wanted)
    await api.patch(kind, { name }, { status: { state: wanted } }, { subresource: 'status' });
}
