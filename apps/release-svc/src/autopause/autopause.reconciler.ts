import { type Cluster, ClusterKind, type UpdateAutoPause, UpdateAutoPauseKind, keyOf } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { absentServices, alertsRequest } from '@keelson/contracts';
import { type Plan, type Reader, type Reconciler, blockedBy, input, settled, waitingOn } from '@keelson/reconcile';
import { isFailure, messageOf, rfc3339 } from '@keelson/std';
import { isManagement } from '../names.js';

/** What is known of the alerts of a cluster. */
export interface AutoPauseWorld {
  readonly now: number;
  readonly autoPause: UpdateAutoPause;
  readonly cluster: Cluster | undefined;
  /** Names of alerts that fire; undefined when they could not be asked. */
  readonly firing: readonly string[] | undefined;
  readonly error: string | undefined;
  /** Somebody is there to tell them, though they may fail to. */
  readonly hasSource: boolean;
}

type NoStep = { readonly type: 'none' };

/** Who tells alerts. */
const source = absentServices.observability.service;
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
  const common = { now: reader.now, autoPause, cluster };
  try {
    const query = { namespace: key.namespace ?? '', cluster: key.name };
    const { firing } = await bus.request(alertsRequest, query, { timeoutMs });
    return { ...common, firing, error: undefined, hasSource: true };
  } catch (error) {
    return { ...common, firing: undefined, error: messageOf(error), hasSource: !isAbsence(error) };
  }
}

/** Nobody is there, or the bus is not: neither says that there is somebody. */
function isAbsence(error: unknown): boolean {
  return isFailure(error) && (error.reason === 'NoResponder' || error.reason === 'NotConnected');
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
        : waitingOn({ kind: 'Service', name: source }, 'AlertsUnknown', error, everySeconds),
  };
}

/** While alerts cannot be asked, what was last known stands: a pause is not lifted by silence. */
function alertStatus({ now, autoPause, firing, error, hasSource }: AutoPauseWorld) {
  const listed = new Set(autoPause.spec.alerts);
  const before = autoPause.status;
  const known = firing ?? before?.firingAlerts ?? [];
  return {
    firingAlerts: known.filter((alert) => listed.has(alert)).sort(),
    ...(hasSource || before?.source !== undefined ? { source } : {}),
    ...(error === undefined
      ? {}
      : { error: `the alerts could not be asked: ${error}`, unknownSince: before?.unknownSince ?? rfc3339(now) }),
  };
}
