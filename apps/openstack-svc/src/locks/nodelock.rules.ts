import {
  type Node,
  NodeKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { locksOfNode, type NodeLockRules } from '@keelson/mosk';
import { input, type StepTable } from '@keelson/reconcile';
import type { AdminCredential, Hypervisors } from './hypervisors.js';
import { type HypervisorsOf, observeNodeLock, Tries } from './nodelock.observe.js';
import { type NodeLockStep, verdictOf } from './nodelock.plan.js';
import type { NodeLockWorld } from './nodelock.world.js';

/** A node may be worked on when its instances have left and no quorum is lost; then it is taken back into service. */
export function nodeLockRules(hypervisorsOf: HypervisorsOf): NodeLockRules<NodeLockWorld, NodeLockStep> {
  const tries = new Tries();
  let latest: Hypervisors | undefined;
  const remembering = (credential: AdminCredential): Hypervisors => (latest = hypervisorsOf(credential));
  return {
    summary:
      'Lets a node be worked on when its instances have left and no quorum is lost, and takes it back into service.',
    inputs: [
      input<Node>({
        kind: NodeKind,
        mapToOwn: ({ metadata }, reader) => locksOfNode(reader, metadata.name),
        relevant: ({ metadata, status }) => [
          metadata.labels,
          metadata.annotations,
          status?.conditions?.map(({ type, status: is }) => [type, is]),
        ],
      }),
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<StatefulSet>({ kind: StatefulSetKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, mapToOwn: () => [] }),
    ],
    polls: [{ system: "the cloud's compute API, every ten seconds while a node is being freed", everySeconds: 300 }],
    concurrency: 8,
    observe: (reader, facts) => observeNodeLock(reader, facts, remembering, tries),
    verdictOf,
    steps: nodeLockSteps(() => latest, tries),
  };
}

function nodeLockSteps(hypervisors: () => Hypervisors | undefined, tries: Tries): StepTable<NodeLockStep> {
  return {
    disable: {
      describe: ({ node, reason }) => `disable nova-compute on ${node}: ${reason}`,
      run: async ({ service, reason }) => hypervisors()?.disable(service, reason),
    },
    enable: {
      describe: ({ node }) => `enable nova-compute on ${node}`,
      run: async ({ service }) => hypervisors()?.enable(service),
    },
    migrate: {
      describe: ({ instance }) => `move the instance ${instance.name} (${instance.id}) away`,
      run: async ({ lock, instance }) => {
        tries.note(lock, instance.id);
        await hypervisors()?.liveMigrate(instance.id);
      },
    },
  };
}
