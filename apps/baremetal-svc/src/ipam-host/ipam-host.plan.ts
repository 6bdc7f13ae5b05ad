import { finalizers, type IPaddr, keyOf, type Reference } from '@keelson/api';
import { type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { freeAddress } from '../addresses/pool.js';
import { refOf } from '../inventory/inventory.plan.js';
import { exhausted, takenBy } from '../ipaddr/ipaddr.plan.js';
import { subnetProblem } from '../subnet/subnet.plan.js';
import { acceptedHash, isAcceptable } from './ipam-host.accept.js';
import type { IpamHostWorld, NetworkView, UseView } from './ipam-host.observe.js';
import { macFor, renderNetwork } from './ipam-host.render.js';
import type { IpamHostStep } from './ipam-host.steps.js';

/** A plan and, where there is one, the problem by its stage. */
export interface IpamHostPlan extends Plan<IpamHostStep> {
  readonly problem?: { readonly stage: 'allocation' | 'render'; readonly reason: string; readonly message: string };
}

/** One address for each use of a Subnet, then the netplan, then its acceptance. */
export function planIpamHost(world: IpamHostWorld): IpamHostPlan {
  const { ipamHost, machine, network } = world;
  if (ipamHost.metadata.deletionTimestamp !== undefined) return planRelease(world);
  if (machine === undefined)
    return {
      steps: [{ type: 'remove', key: keyOf(ipamHost), uid: ipamHost.metadata.uid }],
      outcome: progressing(),
      why: 'The Machine is gone.',
    };
  if (network.type === 'bad') return problem('render', network.on, network.reason, network.message);
  const allocation = planAllocation(world, network);
  if (allocation !== undefined) return allocation;
  const pending = network.uses.find(({ address }) => address?.status?.phase !== 'Active');
  if (pending !== undefined) {
    const on =
      pending.address === undefined ? refOf('Subnet', pending.subnet.subnet) : refOf('IPaddr', pending.address);
    return {
      steps: [],
      outcome: waitingOn(on, 'AllocatingAddresses', 'The addresses of the machine are being given out.'),
    };
  }
  return planAcceptance(world);
}

function planRelease({ ipamHost, addresses }: IpamHostWorld): IpamHostPlan {
  const [first] = addresses;
  if (first === undefined)
    return {
      steps: [{ type: 'release', ipamHost, finalizer: finalizers.ipam }],
      outcome: settled,
      why: 'All addresses are free.',
    };
  const live = addresses.filter((address) => address.metadata.deletionTimestamp === undefined);
  return {
    steps: live.map(freeing),
    outcome: waitingOn(refOf('IPaddr', first), 'FreeingAddresses', 'The addresses of the machine are being freed.'),
  };
}

function planAllocation(
  world: IpamHostWorld,
  network: Extract<NetworkView, { type: 'good' }>,
): IpamHostPlan | undefined {
  const used = new Set(network.uses.map(({ address }) => address?.metadata.uid));
  const live = world.addresses.filter((address) => address.metadata.deletionTimestamp === undefined);
  // Addresses of uses the template no longer has, and those that somebody else turned out to hold.
  const stale = live.filter((address) => !used.has(address.metadata.uid) || address.status?.phase === 'Failed');
  if (stale.length > 0) return { steps: stale.map(freeing), outcome: progressing() };
  const steps: IpamHostStep[] = [];
  for (const view of network.uses.filter(({ address }) => address === undefined)) {
    const found = allocationFor(world, view, network, steps);
    if ('problem' in found) return found;
    steps.push(found);
  }
  return steps.length === 0
    ? undefined
    : {
        steps,
        outcome: waitingOn(
          refOf('IpamHost', world.ipamHost),
          'AllocatingAddresses',
          'The addresses of the machine are being given out.',
        ),
      };
}

function allocationFor(
  world: IpamHostWorld,
  view: UseView,
  network: Extract<NetworkView, { type: 'good' }>,
  planned: readonly IpamHostStep[],
): Extract<IpamHostStep, { type: 'allocate' }> | (Required<Pick<IpamHostPlan, 'problem'>> & IpamHostPlan) {
  const { subnet } = view;
  const on = refOf('Subnet', subnet.subnet);
  const trouble = subnetProblem(subnet);
  if (trouble !== undefined)
    return problem(
      'allocation',
      on,
      trouble.reason,
      `Subnet ${subnet.subnet.metadata.name} gives out no addresses: ${trouble.message}`,
    );
  const taken = new Set([
    ...takenBy(subnet.addresses),
    ...planned.flatMap((step) =>
      step.type === 'allocate' && step.subnet.name === subnet.subnet.metadata.name ? [step.address] : [],
    ),
  ]);
  const address = subnet.pool.type === 'good' ? freeAddress(subnet.pool, taken) : undefined;
  if (address === undefined)
    return problem('allocation', on, 'SubnetExhausted', exhausted(subnet.subnet.metadata.name));
  return {
    type: 'allocate',
    ipamHost: world.ipamHost,
    machine: world.machine,
    subnet: keyOf(subnet.subnet),
    subnetUid: subnet.subnet.metadata.uid ?? '',
    address,
    use: view.use.key,
    mac: macFor(view, world.ipamHost, network),
  };
}

function planAcceptance(world: IpamHostWorld): IpamHostPlan {
  const { ipamHost, network } = world;
  const rendered = renderNetwork(world);
  if ('problem' in rendered)
    return problem(
      'render',
      network.type === 'good' ? refOf('L2Template', network.template) : network.on,
      'TemplateInvalid',
      rendered.problem,
    );
  if (!isAcceptable(ipamHost, rendered, world.now)) {
    const message =
      'A new network is rendered and waits in status.netconfigCandidate. Set spec.netconfigUpdateAllow: true to let it come into force.';
    return {
      steps: [],
      outcome: { type: 'waiting', on: refOf('IpamHost', ipamHost), reason: 'AwaitsApproval', message },
    };
  }
  const isUsed = ipamHost.spec.netconfigUpdateAllow && acceptedHash(ipamHost) === rendered.hash;
  return {
    steps: isUsed ? [{ type: 'resetAllow', key: keyOf(ipamHost) }] : [],
    outcome: ipamHost.spec.netconfigUpdateAllow && !isUsed ? progressing() : settled,
    why: 'The network is rendered and accepted.',
  };
}

function freeing(address: IPaddr): IpamHostStep {
  return { type: 'free', key: keyOf(address), uid: address.metadata.uid };
}

function problem(
  stage: 'allocation' | 'render',
  on: Reference,
  reason: string,
  message: string,
): Required<Pick<IpamHostPlan, 'problem'>> & IpamHostPlan {
  return { steps: [], problem: { stage, reason, message }, outcome: waitingOn(on, reason, message) };
}
