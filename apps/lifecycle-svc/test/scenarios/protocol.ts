import {
  ClusterWorkloadLockKind,
  GracefulRebootRequestKind,
  type KubeObject,
  NodeWorkloadLockKind,
  PodKind,
  apiVersionOf,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Rack, clusterName, namespace } from './rack/rack.js';

/** What operators and workloads bring to a cluster in scenarios: locks, and a pod that its budget holds. */

/** What an operator applies to have machines restarted one after the other. */
export function aGracefulReboot(...machines: readonly string[]): KubeObject {
  const kind = GracefulRebootRequestKind;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: clusterName, namespace },
    spec: { machines },
  } as KubeObject;
}

/** A lock of the whole cluster under the name of its holder. */
export function aClusterLock(controllerName: string): KubeObject {
  const kind = ClusterWorkloadLockKind;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: controllerName },
    spec: { controllerName },
  } as KubeObject;
}

/** A lock of a node, `<holder>-node`. */
export function aNodeLock(controllerName: string, nodeName: string): KubeObject {
  const kind = NodeWorkloadLockKind;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: `${controllerName}-node` },
    spec: { controllerName, nodeName },
  } as KubeObject;
}

/** Pod `web/held` on a node, ready, and the budget `web/none` that lets nobody evict it. */
export async function aHeldPod(rack: Rack, child: KubeApi, node: string): Promise<void> {
  await child.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } });
  await child.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'none', namespace: 'web' },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'web' } } },
  } as KubeObject);
  await child.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'held', namespace: 'web', labels: { app: 'web' } },
    spec: { nodeName: node, containers: [{ name: 'c', image: 'i' }] },
  } as KubeObject);
  await rack.world.until(
    'the pod is ready',
    async () =>
      (await child.get(PodKind, { namespace: 'web', name: 'held' }))?.status?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ) === true,
    600,
  );
}
