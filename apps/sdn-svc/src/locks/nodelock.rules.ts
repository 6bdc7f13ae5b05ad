import {
  type Node,
  NodeDeletionRequestKind,
  type NodeDisableNotification,
  NodeDisableNotificationKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  type Pod,
  PodKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import {
  everyNodeLock,
  isLockOf,
  isNodeReady,
  type NodeLockFacts,
  type NodeLockRules,
  quorumsAtRisk,
} from '@keelson/mosk';
import { input, type Reader } from '@keelson/reconcile';
import { sdnObjects } from '../names.js';
import { labelsOf } from '../opensdn/manifests.js';
import { vRouterComponent } from '../opensdn/vrouter.js';
import { lockController, rolesOf } from './lock-controller.js';
import { type NodeLockWorld, verdictOf } from './nodelock.plan.js';

const ours = { labelSelector: sdnObjects };

/** One node of OpenSDN may be worked on at a time, when no quorum is lost and every other vRouter is ready. */
export const nodeLockRules: NodeLockRules<NodeLockWorld, never> = {
  summary:
    'Lets one node of OpenSDN be worked on at a time, when no quorum is lost and every other vRouter is ready, and takes it back.',
  inputs: [
    input<Node>({
      kind: NodeKind,
      mapToOwn: everyNodeLock,
      relevant: ({ metadata, status }) => [
        metadata.labels,
        status?.conditions?.map(({ type, status: is }) => [type, is]),
      ],
    }),
    input<NodeDisableNotification>({ kind: NodeDisableNotificationKind, mapToOwn: everyNodeLock }),
    input<Pod>({
      kind: PodKind,
      selection: ours,
      mapToOwn: (pod, reader) => (isVRouter(pod) ? everyNodeLock(pod, reader) : []),
      relevant: (pod) => [pod.spec?.nodeName, isReady(pod)],
    }),
    input<StatefulSet>({
      kind: StatefulSetKind,
      selection: ours,
      mapToOwn: everyNodeLock,
      relevant: ({ spec, status }) => [spec?.replicas, status?.readyReplicas],
    }),
  ],
  concurrency: 1,
  observe: async (reader, facts) => observe(reader, facts),
  verdictOf,
  steps: {},
};

function observe(reader: Reader, facts: NodeLockFacts): NodeLockWorld {
  const { nodeName } = facts.lock.spec;
  const pods = reader.list(PodKind).filter(isVRouter);
  const withVRouter = reader.list(NodeKind).filter((each) => rolesOf(each).includes('vRouter'));
  const late = withVRouter.filter(
    ({ metadata }) => !pods.some((pod) => pod.spec?.nodeName === metadata.name && isReady(pod)),
  );
  return {
    ...facts,
    roles: rolesOf(facts.node),
    turn: turnIn(reader),
    lateVRouters: late
      .filter((node) => isExpected(reader, node))
      .flatMap(({ metadata: { name } }) => (name === nodeName ? [] : [name])),
    hasVRouter: !late.some(({ metadata }) => metadata.name === nodeName),
    quorums: quorumsAtRisk(reader.list(StatefulSetKind)),
  };
}

/** A node that is dead, out of use or about to be deleted has nothing that the work on another could take away. */
function isExpected(reader: Reader, node: Node): boolean {
  const gone = [...reader.list(NodeDisableNotificationKind), ...reader.list(NodeDeletionRequestKind)];
  return isNodeReady(node) && !gone.some(({ spec }) => spec.nodeName === node.metadata.name);
}

/** The node that is released, else the first by name of those that are asked for. */
function turnIn(reader: Reader): string | undefined {
  const locks = reader.list(NodeWorkloadLockKind).filter((lock) => isLockOf(lockController, lock));
  const released = locks.find(({ status }) => status?.state === 'inactive');
  if (released !== undefined) return released.spec.nodeName;
  const requests = [...reader.list(NodeMaintenanceRequestKind), ...reader.list(NodeDeletionRequestKind)];
  const asked = new Set(requests.map(({ spec }) => spec.nodeName));
  return locks
    .map(({ spec }) => spec.nodeName)
    .filter((name) => asked.has(name))
    .sort()[0];
}

function isVRouter({ metadata }: Pod): boolean {
  return metadata.labels?.['component'] === labelsOf(vRouterComponent)['component'];
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}
