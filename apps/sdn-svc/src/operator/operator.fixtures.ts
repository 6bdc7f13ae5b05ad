import type { DaemonSet, TFOperator } from '@keelson/api';
import type { Item, OperatorWorld } from './operator.world.js';

export function anOperator(status: TFOperator['status'] = {}, spec: Partial<TFOperator['spec']> = {}): TFOperator {
  return {
    apiVersion: 'tf.mirantis.com/v2',
    kind: 'TFOperator',
    metadata: {
      name: 'openstack-tf',
      namespace: 'tf',
      uid: 'u',
      finalizers: ['tf.mirantis.com/sdn-svc.finalizer'],
    },
    spec: { tfVersion: '24.1', dataStorageClass: 'volumes', ...spec },
    status,
  };
}

/** vRouters on so many nodes, of which so many run what was applied last. */
export function vRoutersOn(nodes: number, updated: number): Item {
  const live: DaemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'tf-vrouter-agent', namespace: 'tf', generation: 2 },
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: nodes,
      updatedNumberScheduled: updated,
      numberAvailable: nodes,
    },
  };
  return { wanted: live, live, isCurrent: true };
}

/** A world in which nothing is amiss and nothing is rendered, and what is given. */
export function anOperatorWorld(over: Partial<OperatorWorld> = {}): OperatorWorld {
  return {
    now: Date.UTC(2026, 0, 1, 12),
    operator: anOperator(),
    isLeaving: false,
    lacks: undefined,
    trouble: undefined,
    hasGenerated: true,
    services: [],
    rollout: undefined,
    warnings: [],
    troubles: new Map(),
    orphans: [],
    belongings: [],
    handOver: undefined,
    handedOver: undefined,
    release: undefined,
    toKeep: undefined,
    unread: undefined,
    ...over,
  };
}
