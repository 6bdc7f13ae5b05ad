import {
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type Node,
  type NodeDisableNotification,
  NodeDisableNotificationKind,
  NodeKind,
  type NodeOutage,
  NodeOutageKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  PodKind,
  type Secret,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { withOptions } from '../options/rockoon-config.js';
import { cloudNamespaces } from '../names.js';
import { outageEvents } from './outage.events.js';
import { observeOutage, type OutagePorts } from './outage.observe.js';
import { type OutageStep, planOutage } from './outage.plan.js';
import { outageMachine } from './outage.states.js';
import { outageStatus } from './outage.status.js';
import { outageSteps } from './outage.steps.js';
import type { OutageWorld } from './outage.world.js';
import type { Recovery } from './recovery.js';

const everySeconds = 60;

/** Frees what is bound to a node that does not answer, hands its instances to Masakari, and puts it back in service. */
export function outageReconciler(ports: OutagePorts): Reconciler<NodeOutage, OutageWorld, OutageStep> {
  let latest: Recovery | undefined;
  const recoveryOf: OutagePorts['recoveryOf'] = (credential) => (latest = ports.recoveryOf(credential));
  return {
    name: 'openstack/outage',
    kind: NodeOutageKind,
    summary:
      'Frees what is bound to a node that does not answer, hands its instances to Masakari, and puts it back in service.',
    inputs: [
      input<Node>({ kind: NodeKind, mapToOwn: everyOutage, relevant: whatMatters }),
      input<NodeDisableNotification>({ kind: NodeDisableNotificationKind, mapToOwn: everyOutage }),
      input<ConfigMap>({ kind: ConfigMapKind, selection: withOptions, mapToOwn: () => [] }),
      input<StatefulSet>({ kind: StatefulSetKind, mapToOwn: () => [] }),
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, selection: { namespaces: cloudNamespaces }, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: NodeOutageKind, mode: 'shared', verbs: ['status', 'delete'] },
      { kind: PodKind, mode: 'shared', verbs: ['delete'], namespaces: cloudNamespaces },
    ],
    polls: [
      {
        system: 'pods of the node, nova, Masakari and the power of its server, every few seconds while it is away',
        everySeconds,
      },
    ],
    concurrency: 4,
    resyncSeconds: everySeconds,
    machine: outageMachine,
    observe: (reader, outage) => observeOutage(reader, outage, { ...ports, recoveryOf }),
    plan: planOutage,
    steps: outageSteps(() => latest),
    status: outageStatus,
    events: outageEvents,
  };
}

/** Of nodes: whether they are Ready, which part they have, and what operators say of them. */
export function whatMatters({ metadata, spec, status }: Node): unknown {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return [metadata.labels, spec?.taints?.map(({ key }) => key), ready?.status, ready?.lastTransitionTime];
}

/** Whether most nodes are away matters to each. */
function everyOutage(_: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader.list(NodeOutageKind).map(({ metadata }) => metadata);
}
