import { type IPaddr, IPaddrKind, IpamHostKind, keyOf, keyText, SubnetKind } from '@keelson/api';
import { type Input, input, type Reconciler } from '@keelson/reconcile';
import { type IpaddrWorld, observeIpaddr, ownerAnnotation } from './ipaddr.observe.js';
import { planIpaddr } from './ipaddr.plan.js';
import { ipaddrStateOf, ipaddrStates } from './ipaddr.states.js';
import { ipaddrEvents, ipaddrStatus } from './ipaddr.status.js';
import { type IpaddrStep, ipaddrSteps } from './ipaddr.steps.js';

/** Gives addresses out of Subnets, none ever twice. */
export function ipaddrReconciler(): Reconciler<IPaddr, IpaddrWorld, IpaddrStep> {
  return {
    name: 'baremetal/ipaddr',
    kind: IPaddrKind,
    summary: 'Gives addresses out of Subnets, none ever twice.',
    inputs: ipaddrInputs,
    outputs: [{ kind: IPaddrKind, mode: 'exclusive', verbs: ['status', 'patch'] }],
    concurrency: 8,
    resyncSeconds: 3600,
    machine: { table: ipaddrStates, stateOf: ipaddrStateOf },
    observe: async (reader, address) => observeIpaddr(reader, address),
    plan: planIpaddr,
    steps: ipaddrSteps,
    status: ipaddrStatus,
    events: ipaddrEvents,
  };
}

const ipaddrInputs: readonly Input[] = [
  input({
    kind: IPaddrKind,
    // An address that is freed may be what others of its Subnet wait for.
    mapToOwn: (address, reader) => [
      keyOf(address),
      ...(address.metadata.deletionTimestamp === undefined && address.status?.phase !== 'Failed'
        ? []
        : reader.byIndex(IPaddrKind, 'subnet', subnetOf(address)).filter(isWaiting).map(keyOf)),
    ],
    indices: {
      subnet: (address) => [subnetOf(address)],
      owner: ({ metadata }) =>
        metadata.annotations?.[ownerAnnotation] === undefined ? [] : [metadata.annotations[ownerAnnotation]],
    },
  }),
  input({
    kind: SubnetKind,
    mapToOwn: (subnet, reader) =>
      reader
        .byIndex(IPaddrKind, 'subnet', keyText(keyOf(subnet)))
        .filter(isWaiting)
        .map(keyOf),
  }),
  input({
    kind: IpamHostKind,
    mapToOwn: ({ metadata }, reader) =>
      metadata.deletionTimestamp === undefined ? [] : reader.byIndex(IPaddrKind, 'owner', keyText(metadata)).map(keyOf),
  }),
];

function subnetOf({ metadata, spec }: IPaddr): string {
  return `${metadata.namespace ?? ''}/${spec.subnetRef}`;
}

function isWaiting({ status }: IPaddr): boolean {
  return status?.phase !== 'Active';
}
