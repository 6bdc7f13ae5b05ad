import {
  IPaddrKind,
  type IpamHost,
  IpamHostKind,
  keyOf,
  L2TemplateKind,
  MachineKind,
  parseKey,
  type Subnet,
  SubnetKind,
} from '@keelson/api';
import { baremetalNews } from '@keelson/contracts';
import { type Input, input, type Reconciler } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { ownerAnnotation } from '../ipaddr/ipaddr.observe.js';
import { type IpamHostWorld, observeIpamHost } from './ipam-host.observe.js';
import { planIpamHost } from './ipam-host.plan.js';
import { ipamHostStateOf, ipamHostStates } from './ipam-host.states.js';
import { ipamHostEvents, ipamHostStatus } from './ipam-host.status.js';
import { type IpamHostStep, ipamHostSteps } from './ipam-host.steps.js';

/** Gives a machine its addresses and renders its network. */
export function ipamHostReconciler(): Reconciler<IpamHost, IpamHostWorld, IpamHostStep> {
  return {
    name: 'baremetal/ipamhost',
    kind: IpamHostKind,
    summary: 'Gives a machine its addresses and renders its network.',
    inputs: ipamHostInputs,
    outputs: [
      { kind: IpamHostKind, mode: 'exclusive', verbs: ['status', 'patch', 'delete'] },
      { kind: IPaddrKind, mode: 'shared', verbs: ['create', 'delete'] },
    ],
    concurrency: 4,
    resyncSeconds: 3600,
    machine: {
      table: ipamHostStates,
      stateOf: ipamHostStateOf,
      news: {
        Rendered: baremetalNews.ipamhost.rendered,
        Accepted: baremetalNews.ipamhost.accepted,
        Failed: baremetalNews.ipamhost.failed,
      },
    },
    observe: async (reader, ipamHost) => observeIpamHost(reader, ipamHost),
    plan: planIpamHost,
    steps: ipamHostSteps,
    status: ipamHostStatus,
    events: ipamHostEvents,
  };
}

const ipamHostInputs: readonly Input[] = [
  input({
    kind: IPaddrKind,
    mapToOwn: ({ metadata }) => {
      const owner = metadata.annotations?.[ownerAnnotation];
      return owner === undefined ? [] : [parseKey(owner)];
    },
    indices: {
      owner: ({ metadata }) => {
        const owner = metadata.annotations?.[ownerAnnotation];
        return owner === undefined ? [] : [owner];
      },
      subnet: ({ metadata, spec }) => [`${metadata.namespace ?? ''}/${spec.subnetRef}`],
    },
  }),
  input({
    kind: MachineKind,
    mapToOwn: (machine) => [keyOf(machine)],
    relevant: ({ metadata, spec }) => [metadata.labels, metadata.annotations, spec],
  }),
  input({
    kind: L2TemplateKind,
    mapToOwn: (template, reader) => reader.list(IpamHostKind, template.metadata.namespace).map(keyOf),
  }),
  input({
    kind: SubnetKind,
    // What counts of a Subnet is its spec, which accepted networks repeat, and for those that lack an address that one is free.
    mapToOwn: (subnet, reader) => {
      const hosts = reader.list(IpamHostKind);
      return (isSettled(subnet) ? hosts.filter((host) => ipamHostStateOf(host) === 'Failed') : hosts).map(keyOf);
    },
  }),
];

/** Whether the Subnet's status already repeats what networks take from its spec: then it was not that which changed. */
function isSettled({ spec, status }: Subnet): boolean {
  return (
    status?.cidr === spec.cidr && status.gateway === spec.gateway && equalJson(status.nameservers, spec.nameservers)
  );
}
