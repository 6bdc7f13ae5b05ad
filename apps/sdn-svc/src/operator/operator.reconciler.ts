import {
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type Node,
  type NodeDisableNotification,
  NodeDisableNotificationKind,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Pod,
  PodKind,
  type Secret,
  SecretKind,
  type StorageClass,
  StorageClassKind,
  type TFOperator,
  TFOperatorKind,
  tfPartKinds,
} from '@keelson/api';
import { Applied, isNodeReady, podTrouble, ReleaseReader } from '@keelson/mosk';
import { input, type Input, type Output, type Reader, type Reconciler } from '@keelson/reconcile';
import { exchangeNamespace, operatorLabel, ourMaps, ourSecrets, sdnNamespace, sdnObjects } from '../names.js';
import { imagesOfRelease } from '../opensdn/release-images.js';
import { observeOperator, type OperatorPorts, renderedKinds } from './operator.observe.js';
import { operatorEvents } from './operator.events.js';
import { planOperator } from './operator.plan.js';
import { operatorMachine } from './operator.states.js';
import { operatorStatus } from './operator.status.js';
import { type OperatorStep, operatorSteps } from './operator.steps.js';
import type { OperatorWorld } from './operator.world.js';

/** Renders OpenSDN and applies it, service by service, and tells OpenStack where it is. */
export function operatorReconciler(ports: OperatorPorts): Reconciler<TFOperator, OperatorWorld, OperatorStep> {
  const applied = new Applied();
  const releases = new ReleaseReader(ports.findRelease, imagesOfRelease);
  return {
    name: 'sdn/operator',
    kind: TFOperatorKind,
    summary: 'Renders OpenSDN and applies it, service by service, and tells OpenStack where its API is.',
    inputs: [
      input<Node>({
        kind: NodeKind,
        mapToOwn: everyOperator,
        relevant: (node) => [node.metadata.labels, node.status?.addresses, isNodeReady(node)],
      }),
      input<NodeDisableNotification>({ kind: NodeDisableNotificationKind, mapToOwn: everyOperator }),
      input<Pod>({
        kind: PodKind,
        selection: { labelSelector: sdnObjects },
        mapToOwn: everyOperator,
        relevant: (pod) => podTrouble([pod], () => undefined)?.message,
      }),
      // Volumes are of classes that the spec names.
      input<StorageClass>({
        kind: StorageClassKind,
        mapToOwn: everyOperator,
        relevant: ({ metadata }) => metadata.deletionTimestamp,
      }),
      // OpenSDN is of the release of its cloud.
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: everyOperator,
        relevant: ({ status }) => [status?.osdpl?.release, status?.osdpl?.state],
      }),
      // They go before it does.
      input<NodeWorkloadLock>({ kind: NodeWorkloadLockKind, mapToOwn: leavingOperators, relevant: presence }),
      input<ClusterWorkloadLock>({ kind: ClusterWorkloadLockKind, mapToOwn: leavingOperators, relevant: presence }),
      ...renderedKinds.map((kind) => inputOf(kind)),
    ],
    outputs: [
      { kind: TFOperatorKind, mode: 'exclusive', verbs: ['status', 'patch'], namespaces: [sdnNamespace] },
      { kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['delete'] },
      { kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['delete'] },
      ...renderedKinds.map(writesOf),
    ],
    concurrency: 1,
    resyncSeconds: 600,
    machine: operatorMachine,
    observe: (reader, operator) => observeOperator(reader, operator, { applied, releases }, ports),
    plan: planOperator,
    steps: operatorSteps(applied),
    status: operatorStatus,
    events: operatorEvents,
  };
}

/** What is handed to OpenStack is in the namespace of the exchange, everything else in that of OpenSDN. */
function writesOf(kind: Output['kind']): Output {
  const isSecret = kind.kind === SecretKind.kind;
  return {
    kind,
    mode: 'shared',
    verbs: isSecret ? ['create', 'apply', 'delete'] : ['apply', 'delete'],
    namespaces: isSecret ? [sdnNamespace, exchangeNamespace] : [sdnNamespace],
  };
}

function inputOf(kind: Input['kind']): Input {
  if (kind.kind === SecretKind.kind) return secrets;
  if (isPartKind(kind))
    return input({ kind, mapToOwn: operatorsOf, relevant: written, indices: { operator: operatorOf } });
  if (kind.kind === ConfigMapKind.kind) return configMaps;
  return input({
    kind,
    selection: { labelSelector: sdnObjects },
    mapToOwn: operatorsOf,
    indices: { operator: operatorOf },
  });
}

function isPartKind({ kind }: Input['kind']): boolean {
  return tfPartKinds.some((part) => part.kind === kind);
}

/** All of an object but its status, which is written elsewhere. */
function written({ metadata }: KubeObject): unknown {
  const { generation, labels, annotations, deletionTimestamp } = metadata;
  return [generation, labels, annotations, deletionTimestamp];
}

/** Those that are exchanged, and our own: the passwords of others are nothing to us. */
const secrets = input<Secret>({
  kind: SecretKind,
  selection: ourSecrets,
  mapToOwn: everyOperator,
  relevant: ({ metadata, data }) => [metadata.labels, metadata.deletionTimestamp, data],
  indices: { operator: operatorOf },
});

/** Those that are rendered, and images of the release. */
const configMaps = input<ConfigMap>({
  kind: ConfigMapKind,
  selection: ourMaps,
  mapToOwn: (map, reader) =>
    map.metadata.name === imagesOfRelease.map.name ? everyOperator(map, reader) : operatorsOf(map),
  indices: { operator: operatorOf },
});

function operatorOf({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[operatorLabel];
  return name === undefined ? [] : [name];
}

function operatorsOf({ metadata }: KubeObject): readonly ObjectKey[] {
  const name = metadata.labels?.[operatorLabel];
  return name === undefined || metadata.namespace === undefined ? [] : [{ namespace: metadata.namespace, name }];
}

function presence({ metadata }: KubeObject): unknown {
  return metadata.deletionTimestamp;
}

function leavingOperators(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader
    .list(TFOperatorKind)
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ metadata }) => metadata);
}

function everyOperator(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(TFOperatorKind).map(({ metadata }) => metadata);
}
