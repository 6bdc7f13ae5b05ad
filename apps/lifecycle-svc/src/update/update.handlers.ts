import { ClusterReleaseKind, LCMClusterKind, LCMMachineKind, MachineKind, type ObjectKey, labels } from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import { type UpdateAnswer, type UpdateOrder, type UpdateQuery, lifecycleRequests } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { equalJson, transient } from '@keelson/std';
import { type UpdateState, updateAnswer } from './update.answer.js';
import { ordersOf, ordersText, updateOrdersAnnotation, withOrder } from './update.orders.js';

/** Answers release-svc about the steps of updates that are this service's: it is told what to do, and how far it is. */
export async function answerUpdates(bus: Bus, api: KubeApi): Promise<readonly Subscription[]> {
  return [
    await bus.respond(lifecycleRequests.cluster.update, (order) => take(api, order)),
    await bus.respond(lifecycleRequests.cluster.progress, async (query) =>
      updateAnswer(query, await stateOf(api, query)),
    ),
  ];
}

/** Writes the order down, where it is not already. */
async function take(api: KubeApi, order: UpdateOrder): Promise<UpdateAnswer> {
  const state = await stateOf(api, order);
  const { lcmCluster } = state;
  if (lcmCluster === undefined)
    throw transient(`cluster ${order.namespace}/${order.cluster} has no LCMCluster yet`, { reason: 'ClusterPending' });
  const before = ordersOf(lcmCluster);
  const orders = withOrder(before, order);
  if (equalJson(before, orders)) return updateAnswer(order, state);
  const { resourceVersion } = lcmCluster.metadata;
  const metadata = { resourceVersion, annotations: { [updateOrdersAnnotation]: ordersText(orders) } };
  const written = await api.patch(LCMClusterKind, keyOf(order), { metadata }, { fieldManager: 'lifecycle-svc' });
  return updateAnswer(order, { ...state, lcmCluster: written });
}

async function stateOf(api: KubeApi, query: UpdateQuery): Promise<UpdateState> {
  const { namespace, cluster, target } = query;
  const ofCluster = { namespace, labelSelector: `${labels.clusterName}=${cluster}` };
  const [lcmCluster, release, machines, lcmMachines] = await Promise.all([
    api.get(LCMClusterKind, keyOf(query)),
    api.get(ClusterReleaseKind, { name: target }),
    api.list(MachineKind, ofCluster),
    api.list(LCMMachineKind, ofCluster),
  ]);
  const byName = new Map(lcmMachines.items.map((machine) => [machine.metadata.name, machine]));
  return {
    lcmCluster,
    version: release?.spec.version,
    members: machines.items.flatMap((machine) => {
      const lcmMachine = byName.get(machine.metadata.name);
      return lcmMachine === undefined ? [] : [{ machine, lcmMachine }];
    }),
  };
}

function keyOf({ namespace, cluster }: UpdateQuery): ObjectKey {
  return { namespace, name: cluster };
}
