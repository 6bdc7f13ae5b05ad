import {
  ClusterReleaseKind,
  HelmBundleKind,
  LCMClusterKind,
  LCMMachineKind,
  MachineKind,
  type ObjectKey,
  labels,
} from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import { type UpdateAnswer, type UpdateOrder, type UpdateQuery, lifecycleRequests } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { type Spans, noSpans } from '@keelson/service';
import { equalJson, transient } from '@keelson/std';
import { type Charts, noCharts } from '../helmbundle/charts.js';
import type { PastPhases } from '../updatephase/past-phases.js';
import { traceOf, updateTraceAnnotation } from '../updatephase/phase-traces.js';
import { type Member, type UpdateState, updateAnswer } from './update.answer.js';
import { ordersOf, ordersText, updateOrdersAnnotation, withOrder } from './update.orders.js';

export interface UpdatePorts {
  readonly bus: Bus;
  readonly api: KubeApi;
  readonly phases: PastPhases;
  /** What installs charts; nothing unless given. */
  readonly charts?: Pick<Charts, 'lacks'>;
  /** Gives the trace that an order comes with; none unless given. */
  readonly spans?: Spans;
}

/** Answers release-svc about the steps of updates that are this service's: it is told what to do, and how far it is. */
export async function answerUpdates(ports: UpdatePorts): Promise<readonly Subscription[]> {
  const { bus } = ports;
  return [
    await bus.respond(lifecycleRequests.cluster.update, (order) => take(ports, order)),
    await bus.respond(lifecycleRequests.cluster.progress, async (query) =>
      updateAnswer(query, await stateOf(ports, query)),
    ),
  ];
}

/** Writes the order down, where it is not already. */
async function take(ports: UpdatePorts, order: UpdateOrder): Promise<UpdateAnswer> {
  const { api, spans = noSpans } = ports;
  const state = await stateOf(ports, order);
  const { lcmCluster } = state;
  if (lcmCluster === undefined)
    throw transient(`cluster ${order.namespace}/${order.cluster} has no LCMCluster yet`, { reason: 'ClusterPending' });
  const before = ordersOf(lcmCluster);
  const orders = withOrder(before, order);
  const trace = spans.traceId() ?? traceOf(lcmCluster);
  if (equalJson(before, orders) && trace === traceOf(lcmCluster)) return updateAnswer(order, state);
  const { resourceVersion } = lcmCluster.metadata;
  const metadata = {
    resourceVersion,
    annotations: { [updateOrdersAnnotation]: ordersText(orders), ...tracedBy(trace) },
  };
  const written = await api.patch(LCMClusterKind, keyOf(order), { metadata }, { fieldManager: 'lifecycle-svc' });
  return updateAnswer(order, { ...state, lcmCluster: written });
}

function tracedBy(trace: string | undefined): Readonly<Record<string, string>> {
  return trace === undefined ? {} : { [updateTraceAnnotation]: trace };
}

async function stateOf({ api, phases, charts = noCharts }: UpdatePorts, query: UpdateQuery): Promise<UpdateState> {
  const { namespace, cluster, target } = query;
  const ofCluster = { namespace, labelSelector: `${labels.clusterName}=${cluster}` };
  const [lcmCluster, release, machines, lcmMachines, bundle] = await Promise.all([
    api.get(LCMClusterKind, keyOf(query)),
    api.get(ClusterReleaseKind, { name: target }),
    api.list(MachineKind, ofCluster),
    api.list(LCMMachineKind, ofCluster),
    api.get(HelmBundleKind, keyOf(query)),
  ]);
  const byName = new Map(lcmMachines.items.map((machine) => [machine.metadata.name, machine]));
  const members: Member[] = [];
  for (const machine of machines.items) {
    const { name } = machine.metadata;
    const lcmMachine = byName.get(name);
    if (lcmMachine !== undefined)
      members.push({ machine, lcmMachine, phases: await phases.lastOf({ namespace, name }) });
  }
  return {
    lcmCluster,
    version: release?.spec.version,
    members,
    bundle,
    requiredCharts: new Set((release?.spec.helm?.releases ?? []).flatMap((one) => (one.required ? [one.name] : []))),
    lacksHelm: charts.lacks?.message,
  };
}

function keyOf({ namespace, cluster }: UpdateQuery): ObjectKey {
  return { namespace, name: cluster };
}
