import {
  type ConfigMap,
  ConfigMapKind,
  type DaemonSet,
  DaemonSetKind,
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  PodKind,
  type Secret,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { type AdminCredential, everyNodeLock, locksOfNode, type NodeLockRules } from '@keelson/mosk';
import { input, type StepTable, type Writer } from '@keelson/reconcile';
import { cloudNamespaces, namespaces } from '../names.js';
import { DrainMemory } from './drain-memory.js';
import type { Hypervisors } from './hypervisors.js';
import { innerStateAnnotation, takenOutAnnotation } from './lock-controller.js';
import { withOptions } from '../options/rockoon-config.js';
import { type NodeLockPorts, observeNodeLock } from './nodelock.observe.js';
import { type NodeLockStep, verdictOf } from './nodelock.plan.js';
import type { NodeLockWorld, TakenOut } from './nodelock.world.js';

const ours = { namespaces: cloudNamespaces };

/** A node may be worked on when its instances have left and no quorum is lost; then it is taken back into service. */
export function nodeLockRules({ hypervisorsOf, podsOn }: NodeLockPorts): NodeLockRules<NodeLockWorld, NodeLockStep> {
  const memory = new DrainMemory();
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
      // A turn that begins or ends is what others wait for.
      input<NodeWorkloadLock>({
        kind: NodeWorkloadLockKind,
        mapToOwn: everyNodeLock,
        relevant: ({ metadata }) => metadata.annotations?.[innerStateAnnotation],
      }),
      input<ConfigMap>({ kind: ConfigMapKind, selection: withOptions, mapToOwn: () => [] }),
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: everyNodeLock,
        relevant: ({ status }) => status?.osdpl?.release,
      }),
      input<StatefulSet>({ kind: StatefulSetKind, mapToOwn: () => [] }),
      input<DaemonSet>({ kind: DaemonSetKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, selection: ours, mapToOwn: () => [] }),
    ],
    verbs: ['patch'],
    outputs: [{ kind: PodKind, mode: 'shared', verbs: ['delete'], namespaces: [namespaces.cloud] }],
    polls: [
      { system: "the cloud's compute API, every few seconds while a node is being freed", everySeconds: 300 },
      { system: 'pods of the node, every few seconds while it comes back', everySeconds: 300 },
    ],
    concurrency: 8,
    observe: (reader, facts) => observeNodeLock(reader, facts, { hypervisorsOf: remembering, podsOn }, memory),
    verdictOf,
    steps: nodeLockSteps(() => latest, memory),
  };
}

function nodeLockSteps(hypervisors: () => Hypervisors | undefined, memory: DrainMemory): StepTable<NodeLockStep> {
  return {
    mark: {
      describe: ({ node, as }) => (as === 'inactive' ? `begin the turn of ${node}` : `end the turn of ${node}`),
      run: async ({ lock, as }, writer) => {
        const annotations = { [innerStateAnnotation]: as, ...(as === 'active' ? { [takenOutAnnotation]: null } : {}) };
        await writer.patch(NodeWorkloadLockKind, { name: lock }, { metadata: { annotations } });
      },
    },
    takeOut: {
      describe: ({ node, reason }) => `take agents and volume services of ${node} out of service: ${reason}`,
      run: async ({ lock, node, reason, known }, writer) => {
        const found = (await hypervisors()?.partsOn(node, reason)) ?? [];
        const reports = (await hypervisors()?.reportsOn(node)) ?? [];
        const parts = [...known.filter(({ id }) => !found.some((part) => part.id === id)), ...found];
        const heardOf = reports.filter(({ isAlive }) => isAlive).map(({ part }) => part);
        if (parts.length > 0) await noteTakenOut(writer, lock, { parts, heardOf, isDone: false });
        for (const part of parts) await hypervisors()?.switchPart(part, false, reason);
        await noteTakenOut(writer, lock, { parts, heardOf, isDone: true });
      },
    },
    takeBack: {
      describe: ({ node, parts }) => `put ${parts.map(({ what }) => what).join(', ')} of ${node} back into service`,
      run: async ({ lock, parts }, writer) => {
        for (const part of parts) await hypervisors()?.switchPart(part, true, '');
        await noteTakenOut(writer, lock, { parts: [], heardOf: [], isDone: true });
      },
    },
    renew: {
      describe: ({ node, pods }) =>
        `delete ${pods.map(({ name }) => name).join(', ')} of ${node}: their DaemonSets have other images by now and replace no pod by themselves`,
      run: async ({ lock, pods }, writer) => {
        for (const { namespace, name, uid, of } of pods) {
          await writer.delete(PodKind, { namespace, name }, { uid, propagation: 'Background' });
          memory.noteRenewed(lock, of);
        }
      },
    },
    disable: {
      describe: ({ node, reason }) => `disable nova-compute on ${node}: ${reason}`,
      run: async ({ lock, service, reason }) => {
        memory.noteOpen(lock, false);
        await hypervisors()?.disable(service, reason);
        memory.servicesChanged();
      },
    },
    enable: {
      describe: ({ node }) => `enable nova-compute on ${node}`,
      run: async ({ service, lock }) => {
        await hypervisors()?.enable(service);
        memory.noteOpen(lock, true);
        memory.servicesChanged();
      },
    },
    migrate: {
      describe: ({ instance }) => `move the instance ${instance.name} (${instance.id}) away`,
      run: async ({ lock, instance, at }) => {
        memory.noteTry(lock, instance.id, at);
        await hypervisors()?.liveMigrate(instance.id);
      },
    },
    abort: {
      describe: ({ migration, seconds }) =>
        `call off the live migration ${migration.id} of ${migration.instance}, which copied nothing for ${seconds} s`,
      run: async ({ migration }) => hypervisors()?.abort(migration),
    },
  };
}

async function noteTakenOut(writer: Writer, lock: string, takenOut: TakenOut): Promise<void> {
  const annotations = { [takenOutAnnotation]: JSON.stringify(takenOut) };
  await writer.patch(NodeWorkloadLockKind, { name: lock }, { metadata: { annotations } });
}
