import {
  type BareMetalHost,
  BareMetalHostKind,
  ClusterKind,
  ClusterReleaseKind,
  IpamHostKind,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  type ObjectKey,
  PublicKeyKind,
  RoleBindingKind,
  RoleKind,
  SecretKind,
  ServiceAccountKind,
  annotations,
  keyOf,
  keyText,
} from '@keelson/api';
import { baremetalNews, type Transition } from '@keelson/contracts';
import { type Reader, type Reconciler, input } from '@keelson/reconcile';
import type { ChildClusters } from '../child/child-clusters.js';
import type { LifecycleConfig } from '../config.js';
import { itemsOf } from '../lcmmachine/lcmmachine.items.js';
import { clusterIndexOf, isMaintenanceAsked, partOf, providerSpecOf } from '../membership.js';
import { instanceNameOf } from '../names.js';
import { agentRights } from './machine.agent.js';
import { machineEvents } from './machine.events.js';
import { type MachineWorld, observeMachine } from './machine.observe.js';
import { planMachine } from './machine.plan.js';
import { anyIndex, indexOfSelector, labelIndex, matches } from './machine.selector.js';
import { machineMachine } from './machine.states.js';
import { machineStatus } from './machine.status.js';
import { type MachineStep, machineSteps } from './machine.steps.js';

export interface MachinePorts {
  readonly config: LifecycleConfig;
  readonly children: ChildClusters;
}

/** Takes a host for a Machine, has its operating system installed, follows its agent and its node, and gives the host back. */
export function machineReconciler({ config, children }: MachinePorts): Reconciler<Machine, MachineWorld, MachineStep> {
  return {
    name: 'lifecycle/machine',
    kind: MachineKind,
    summary:
      'Takes a host for a Machine, has its operating system installed, follows its agent and its node, and gives the host back.',
    inputs: [
      input({
        kind: MachineKind,
        mapToOwn: () => [],
        indices: {
          cluster: clusterIndexOf,
          control: (machine) => (partOf(machine) === 'control' ? clusterIndexOf(machine) : []),
          wants: wantsOf,
        },
      }),
      input({
        kind: BareMetalHostKind,
        mapToOwn: machinesOfHost,
        indices: {
          consumer: (host) => (host.spec.consumerRef?.uid === undefined ? [] : [host.spec.consumerRef.uid]),
          label: labelsOf,
        },
      }),
      input<LCMMachine>({ kind: LCMMachineKind, mapToOwn: (machine) => [keyOf(machine)], relevant: tellsOfMachine }),
      input({ kind: IpamHostKind, mapToOwn: (host) => [keyOf(host)] }),
      input({
        kind: ClusterKind,
        mapToOwn: (cluster, reader) => waitingMachinesOf(keyOf(cluster), reader),
        // Of its status the release, the address and its maintenance; the rest tells of the machines.
        relevant: ({ metadata, spec, status }) => [
          metadata.deletionTimestamp,
          spec,
          status?.errorMessage,
          status?.providerStatus?.releaseRefs,
          status?.providerStatus?.maintenance,
          status?.providerStatus?.loadBalancerHost,
        ],
      }),
      input({ kind: LCMClusterKind, mapToOwn: () => [] }),
      input({ kind: ClusterReleaseKind, mapToOwn: () => [] }),
      input({ kind: PublicKeyKind, mapToOwn: () => [] }),
      input({ kind: SecretKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: MachineKind, mode: 'exclusive', verbs: ['patch', 'delete', 'status'] },
      { kind: BareMetalHostKind, mode: 'shared', verbs: ['patch'] },
      { kind: LCMMachineKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: SecretKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: ServiceAccountKind, mode: 'shared', verbs: ['apply', 'delete', 'createToken'] },
      { kind: RoleKind, mode: 'shared', verbs: ['apply', 'delete'], gives: agentRights },
      { kind: RoleBindingKind, mode: 'shared', verbs: ['apply', 'delete'] },
    ],
    hears: [baremetalNews.host.available, baremetalNews.host.provisioned].map((news) => ({
      news,
      mapToOwn: machinesOfTold,
    })),
    polls: [{ system: "the cluster's Kubernetes API, for its Nodes", everySeconds: 300 }],
    wokenBy: [
      {
        system: 'its Node, and whether the API of its cluster answers',
        subscribe: (wake) =>
          children.onNode((cluster, node) => wake((reader) => machinesAt(cluster, node, reader).map(keyOf))),
      },
    ],
    concurrency: 8,
    resyncSeconds: 300,
    machine: machineMachine,
    observe: (reader, machine) => observeMachine(reader, machine, children),
    plan: planMachine,
    steps: machineSteps(children, config),
    status: machineStatus,
    events: machineEvents,
  };
}

/** Of an LCMMachine what a Machine repeats or acts on: not how far its agent is within a phase. */
function tellsOfMachine({ metadata, spec, status }: LCMMachine): unknown {
  const { stateItems = [], ...identity } = spec;
  const {
    stateItemStatuses: _items,
    hostInfo,
    lcmAgentUpgradeStatus: _agent,
    agentVersion: _version,
    ...told
  } = status ?? {};
  return [
    metadata.annotations?.[annotations.lcmGracefulReboot],
    identity,
    stateItems.length === 0,
    itemsOf(stateItems, 'deploy').length === 0,
    told,
    hostInfo?.rebootRequired,
    hostInfo?.rebootPackages,
  ];
}

function machinesAt(cluster: ObjectKey, node: string | undefined, reader: Reader): readonly Machine[] {
  const all = reader.byIndex(MachineKind, 'cluster', keyText(cluster));
  return node === undefined ? all : all.filter((machine) => instanceNameOf(machine) === node);
}

/** The machines of a host that news tells of, as far as the cache knows it. */
function machinesOfTold({ namespace, name }: Transition, reader: Reader): readonly ObjectKey[] {
  const host = reader.get(BareMetalHostKind, { namespace, name });
  return host === undefined ? [] : machinesOfHost(host, reader);
}

/** Its owner; of a free host those that want one like it. */
function machinesOfHost(host: BareMetalHost, reader: Reader): readonly ObjectKey[] {
  const { consumerRef } = host.spec;
  if (consumerRef !== undefined)
    return consumerRef.kind === MachineKind.kind && consumerRef.name !== undefined
      ? [{ namespace: consumerRef.namespace ?? host.metadata.namespace, name: consumerRef.name }]
      : [];
  if (host.status?.provisioning.state !== 'available') return [];
  const wanting = labelsOf(host).flatMap((label) => reader.byIndex(MachineKind, 'wants', label));
  return wanting
    .filter((machine) => matches(providerSpecOf(machine).hostSelector ?? {}, host.metadata.labels))
    .map(keyOf);
}

function labelsOf(host: BareMetalHost): readonly string[] {
  const { namespace, labels = {} } = host.metadata;
  return [anyIndex(namespace), ...Object.entries(labels).map(([key, value]) => labelIndex(namespace, key, value))];
}

/** Under which label a machine without a host looks for one. */
function wantsOf(machine: Machine): readonly string[] {
  if (machine.status?.providerStatus?.providerInstanceState?.id !== undefined) return [];
  return [indexOfSelector(machine.metadata.namespace, providerSpecOf(machine).hostSelector)];
}

/** Those that a change of the Cluster can let go on, or that go with it. */
function waitingMachinesOf(cluster: ObjectKey, reader: Reader): readonly ObjectKey[] {
  const waiting: ReadonlySet<string> = new Set(['Pending', 'AwaitsProvisioning', 'Provision', 'Deleting']);
  return reader
    .byIndex(MachineKind, 'cluster', keyText(cluster))
    .filter((machine) => waiting.has(machine.status?.phase ?? 'Pending') || isMaintenanceAsked(machine))
    .map(keyOf);
}
