import {
  type Node,
  type NodeDeletionRequest,
  NodeDeletionRequestKind,
  NodeKind,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type Pod,
  PodKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler, type StatusOf } from '@keelson/reconcile';
import { sdnObjects } from '../names.js';
import { labelsOf } from '../opensdn/manifests.js';
import { vRouterComponent } from '../opensdn/vrouter.js';
import { isOurs, rolesOf } from './lock-names.js';
import { type NodeLockWorld, planNodeLock, verdictOf } from './nodelock.plan.js';

const ours = { labelSelector: sdnObjects };

/** Lets one node of OpenSDN be worked on at a time, when no quorum is lost and every other vRouter is ready. */
export function nodeLockReconciler(): Reconciler<NodeWorkloadLock, NodeLockWorld, never> {
  return {
    name: 'sdn/nodelock',
    kind: NodeWorkloadLockKind,
    summary:
      'Lets one node of OpenSDN be worked on at a time, when no quorum is lost and every other vRouter is ready, and takes it back.',
    inputs: [
      input<Node>({
        kind: NodeKind,
        mapToOwn: everyLock,
        relevant: ({ metadata, status }) => [
          metadata.labels,
          status?.conditions?.map(({ type, status: is }) => [type, is]),
        ],
      }),
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: everyLock }),
      input<NodeDeletionRequest>({ kind: NodeDeletionRequestKind, mapToOwn: everyLock }),
      input<Pod>({
        kind: PodKind,
        selection: ours,
        mapToOwn: (pod, reader) => (isVRouter(pod) ? everyLock(pod, reader) : []),
        relevant: (pod) => [pod.spec?.nodeName, isReady(pod)],
      }),
      input<StatefulSet>({
        kind: StatefulSetKind,
        selection: ours,
        mapToOwn: everyLock,
        relevant: ({ spec, status }) => [spec?.replicas, status?.readyReplicas],
      }),
    ],
    outputs: [{ kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['status'] }],
    concurrency: 1,
    resyncSeconds: 300,
    observe: async (reader, lock) => observe(reader, lock),
    plan: planNodeLock,
    steps: {},
    status: nodeLockStatus,
  };
}

function observe(reader: Reader, lock: NodeWorkloadLock): NodeLockWorld {
  const { nodeName } = lock.spec;
  const node = reader.get(NodeKind, { name: nodeName });
  const pods = reader.list(PodKind).filter(isVRouter);
  const withVRouter = reader.list(NodeKind).filter((each) => rolesOf(each).includes('vRouter'));
  const late = withVRouter
    .map(({ metadata }) => metadata.name)
    .filter((name) => !pods.some((pod) => pod.spec?.nodeName === name && isReady(pod)));
  return {
    lock,
    isOurs: isOurs(lock),
    node,
    roles: rolesOf(node),
    request: reader.list(NodeMaintenanceRequestKind).find(({ spec }) => spec.nodeName === nodeName),
    deletion: reader.list(NodeDeletionRequestKind).find(({ spec }) => spec.nodeName === nodeName),
    turn: turnIn(reader),
    lateVRouters: late.filter((name) => name !== nodeName),
    hasVRouter: !late.includes(nodeName),
    quorums: reader
      .list(StatefulSetKind)
      .filter((set) => !survives(set))
      .map(
        ({ metadata, spec, status }) =>
          `${metadata.name} has ${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1} members`,
      ),
  };
}

/** The node that is released, else the first by name of those that are asked for. */
function turnIn(reader: Reader): string | undefined {
  const locks = reader.list(NodeWorkloadLockKind).filter(isOurs);
  const released = locks.find(({ status }) => status?.state === 'inactive');
  if (released !== undefined) return released.spec.nodeName;
  const requests = [...reader.list(NodeMaintenanceRequestKind), ...reader.list(NodeDeletionRequestKind)];
  const asked = new Set(requests.map(({ spec }) => spec.nodeName));
  return locks
    .map(({ spec }) => spec.nodeName)
    .filter((name) => asked.has(name))
    .sort()[0];
}

/** A database of one has no quorum to lose: it is down with its node, however one turns it. */
function survives({ spec, status }: StatefulSet): boolean {
  const replicas = spec?.replicas ?? 1;
  return replicas === 1 || (status?.readyReplicas ?? 0) - 1 > replicas / 2;
}

function isVRouter({ metadata }: Pod): boolean {
  return metadata.labels?.['component'] === labelsOf(vRouterComponent)['component'];
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

function nodeLockStatus(world: NodeLockWorld): StatusOf<NodeWorkloadLock> | undefined {
  if (!world.isOurs) return undefined;
  const { state, hindrance } = verdictOf(world);
  const release = world.request?.spec.release;
  return {
    state,
    ...(hindrance === undefined ? {} : { errorMessage: hindrance }),
    ...(release === undefined ? {} : { release }),
  };
}

function everyLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(NodeWorkloadLockKind).map(({ metadata }) => metadata);
}
