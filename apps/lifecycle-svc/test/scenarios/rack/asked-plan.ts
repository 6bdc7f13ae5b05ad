import { type ClusterUpdatePlan, ClusterUpdatePlanKind, LCMClusterKind, UpdateGroupKind } from '@keelson/api';
import type { HermeticCluster } from '@keelson/testing';
import { ordersText, updateOrdersAnnotation } from '../../../src/update/update.orders.js';
import { clusterName, namespace, nextReleaseName } from './manifests.js';

/** A plan to the next release with these steps of lifecycle-svc. */
export function aPlan(isCommenced: boolean, ...ids: readonly string[]): ClusterUpdatePlan {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: ClusterUpdatePlanKind.kind,
    metadata: { name: `${clusterName}-21.2.0`, namespace },
    spec: {
      cluster: clusterName,
      source: 'mosk-21-1-0-26-1',
      target: nextReleaseName,
      steps: ids.map((id) => ({ id, name: id, commence: isCommenced })),
    },
  };
}

/** In the place of release-svc: a plan for every group, of which all is commenced and asked for. Where there is one it stands. */
export async function planIsAsked(world: HermeticCluster): Promise<void> {
  if ((await world.api.list(ClusterUpdatePlanKind, { namespace })).items.length > 0) return;
  const groups = (await world.api.list(UpdateGroupKind, { namespace })).items.map(({ metadata }) => metadata.name);
  const ids = [
    'k8s-controllers',
    ...new Set([...groups, `${clusterName}-default`].map((group) => `k8s-workers-${group}`)),
  ];
  await world.apply(aPlan(true, ...ids));
  const steps = Object.fromEntries(ids.map((id) => [id, '']));
  const annotations = { [updateOrdersAnnotation]: ordersText({ target: nextReleaseName, steps }) };
  await world.api.patch(LCMClusterKind, { namespace, name: clusterName }, { metadata: { annotations } });
}
