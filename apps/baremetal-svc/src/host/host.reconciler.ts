import {
  annotations,
  type BareMetalHost,
  BareMetalHostKind,
  BareMetalHostProfileKind,
  HardwareDataKind,
  IpamHostKind,
  keyOf,
  keyText,
  MachineKind,
  parseKey,
  SecretKind,
} from '@keelson/api';
import { baremetalNews } from '@keelson/contracts';
import { type Input, input, type Reconciler } from '@keelson/reconcile';
import type { Random } from '@keelson/std';
import type { Bmcs } from '../bmc/bmcs.js';
import { hostEvents } from './host.events.js';
import { isNetworkAccepted, observeHost, stateOf } from './host.observe.js';
import { planHost } from './host.plan.js';
import { hostStates } from './host.states.js';
import { hostStatus } from './host.status.js';
import { type HostStep, hostSteps } from './host.steps.js';
import type { HostWorld } from './host.world.js';
import { tokenSecret } from './host.installation.js';

export interface HostOptions {
  readonly bmcs: Bmcs;
  readonly random: Random;
  readonly now: () => number;
  /** The service's own URL as BMCs and hosts see it. */
  readonly url: string;
}

/** Registers, inspects, provisions and deprovisions servers through their BMCs. */
export function hostReconciler(options: HostOptions): Reconciler<BareMetalHost, HostWorld, HostStep> {
  return {
    name: 'baremetal/host',
    kind: BareMetalHostKind,
    summary: 'Registers, inspects, provisions and deprovisions servers through their BMCs.',
    inputs: hostInputs,
    outputs: [
      { kind: BareMetalHostKind, mode: 'exclusive', verbs: ['status', 'patch'] },
      { kind: HardwareDataKind, mode: 'exclusive', verbs: ['apply'] },
      { kind: SecretKind, mode: 'shared', verbs: ['create', 'patch'] },
    ],
    polls: [{ system: 'BMC', everySeconds: 120 }],
    concurrency: 64,
    resyncSeconds: 120,
    machine: {
      table: hostStates,
      stateOf,
      news: {
        inspecting: baremetalNews.host.registered,
        preparing: baremetalNews.host.inspected,
        available: baremetalNews.host.available,
        provisioned: baremetalNews.host.provisioned,
        deprovisioning: baremetalNews.host.deprovisioned,
      },
    },
    observe: (reader, host) => observeHost(options, reader, host),
    plan: planHost,
    steps: hostSteps(options),
    status: hostStatus,
    events: hostEvents,
  };
}

const hostInputs: readonly Input[] = [
  input({
    kind: BareMetalHostKind,
    mapToOwn: () => [],
    indices: {
      secret: (host) => secretsOf(host),
      consumer: (host) =>
        host.spec.consumerRef?.name === undefined
          ? []
          : [`${host.spec.consumerRef.namespace ?? host.metadata.namespace ?? ''}/${host.spec.consumerRef.name}`],
    },
  }),
  input({
    kind: SecretKind,
    mapToOwn: (secret, reader) => {
      const isTokenKey = secret.metadata.name === tokenSecret.name;
      const found = isTokenKey ? [] : reader.byIndex(BareMetalHostKind, 'secret', keyText(keyOf(secret)));
      return found.map(keyOf);
    },
    relevant: ({ data }) => data,
  }),
  input({
    kind: MachineKind,
    mapToOwn: (machine) => {
      const host = machine.metadata.annotations?.[annotations.machineHost];
      return host === undefined ? [] : [parseKey(host)];
    },
    // One that was ready and is not any more is a reason to ask its BMC before its turn.
    relevant: ({ metadata, spec, status }) => [
      metadata.annotations?.[annotations.machineHost],
      spec.providerSpec.value?.bareMetalHostProfile,
      status?.providerStatus?.status === 'Ready' && !status.providerStatus.ready,
    ],
  }),
  input({
    kind: IpamHostKind,
    mapToOwn: (ipamHost, reader) =>
      reader
        .byIndex(BareMetalHostKind, 'consumer', keyText(keyOf(ipamHost)))
        .filter(awaitsInstallation)
        .map(keyOf),
    relevant: ({ status }) => isNetworkAccepted({ status }),
  }),
  input({
    kind: BareMetalHostProfileKind,
    mapToOwn: (profile, reader) =>
      reader
        .list(BareMetalHostKind, profile.metadata.namespace)
        .filter((host) => host.spec.consumerRef !== undefined && stateOf(host) === 'available')
        .map(keyOf),
  }),
  input({ kind: HardwareDataKind, mapToOwn: () => [] }),
];

/** Its network matters from the moment an image is wanted until that is being installed. */
function awaitsInstallation(host: BareMetalHost): boolean {
  return host.spec.image !== undefined && stateOf(host) === 'available';
}

function secretsOf({ metadata, spec }: BareMetalHost): string[] {
  const names = [
    { name: spec.bmc?.credentialsName, namespace: metadata.namespace },
    { namespace: metadata.namespace, ...spec.userData },
    { namespace: metadata.namespace, ...spec.metaData },
    { namespace: metadata.namespace, ...spec.networkData },
  ];
  return names.flatMap(({ name, namespace }) => (name === undefined ? [] : [`${namespace ?? ''}/${name}`]));
}
