import { type Cluster, ClusterKind, type UpdateAutoPause, UpdateAutoPauseKind, keyOf } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { alertsRequest } from '@keelson/contracts';
import { type Plan, type Reader, type Reconciler, blockedBy, input, settled, waitingOn } from '@keelson/reconcile';
import { messageOf } from '@keelson/std';
import { isManagement } from '../names.js';

/** What is known of the alerts of a cluster. */
export interface AutoPauseWorld {
  readonly autoPause: UpdateAutoPause;
  readonly cluster: Cluster | undefined;
  /** Names of alerts that fire; undefined when they could not be asked. */
  readonly firing: readonly string[] | undefined;
  readonly error: string | undefined;
}

type NoStep = { readonly type: 'none' };

const timeoutMs = 5_000;
const everySeconds = 30;

/** Says which alerts of the list fire; the plan of the cluster's update stops while one does. */
export function autoPauseReconciler(bus: Bus): Reconciler<UpdateAutoPause, AutoPauseWorld, NoStep> {
  return {
    name: 'release/autopause',
    kind: UpdateAutoPauseKind,
    summary: 'Says which alerts of the list fire; the plan of the cluster’s update stops while one does.',
    inputs: [input({ kind: ClusterKind, mapToOwn: (cluster) => [keyOf(cluster)], relevant: () => undefined })],
    outputs: [{ kind: UpdateAutoPauseKind, mode: 'exclusive', verbs: ['status'] }],
    polls: [{ system: 'the alerts of the cluster, by observability-svc', everySeconds }],
    concurrency: 2,
    resyncSeconds: everySeconds,
    observe: (reader, autoPause) => observeAlerts(reader, autoPause, bus),
    plan: planAlerts,
    steps: { none: { describe: () => 'nothing', run: () => Promise.resolve() } },
    status: alertStatus,
  };
}

async function observeAlerts(reader: Reader, autoPause: UpdateAutoPause, bus: Bus): Promise<AutoPauseWorld> {
  const key = keyOf(autoPause);
  const cluster = reader.get(ClusterKind, key);
  try {
    const query = { namespace: key.namespace ?? '', cluster: key.name };
    const { firing } = await bus.request(alertsRequest, query, { timeoutMs });
    return { autoPause, cluster, firing, error: undefined };
  } catch (error) {
    return { autoPause, cluster, firing: undefined, error: messageOf(error) };
  }
}

function planAlerts({ autoPause, cluster, error }: AutoPauseWorld): Plan<NoStep> {
  const { namespace, name } = autoPause.metadata;
  const of = { kind: 'Cluster', ...(namespace === undefined ? {} : { namespace }), name };
  if (cluster === undefined)
    return {
      steps: [],
      outcome: waitingOn(of, 'ClusterMissing', `there is no Cluster ${name}: give this object the name of one`),
    };
  if (isManagement(cluster))
    return {
      steps: [],
      outcome: blockedBy(of, 'ManagementCluster', 'updates of the management cluster are not paused by alerts'),
    };
  return {
    steps: [],
    outcome:
      error === undefined
        ? settled
        : waitingOn({ kind: 'Service', name: 'observability-svc' }, 'AlertsUnknown', error, everySeconds),
  };
}

/** While alerts cannot be asked, what was last known stands: a pause is not lifted by silence. */
function alertStatus({ autoPause, firing, error }: AutoPauseWorld) {
  const listed = new Set(autoPause.spec.alerts);
  const known = firing ?? autoPause.status?.firingAlerts ?? [];
  return {
    firingAlerts: known.filter((alert) => listed.has(alert)).sort(),
    ...(error === undefined ? {} : { error: `the alerts could not be asked: ${error}` }),
  };
}
