import type { IpamHost, IpamHostStatus } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { bookKept } from '../addresses/bookkeeping.js';
import { acceptedHash, isAcceptable } from './ipam-host.accept.js';
import type { IpamHostWorld } from './ipam-host.observe.js';
import { planIpamHost } from './ipam-host.plan.js';
import { type Rendered, renderNetwork } from './ipam-host.render.js';
import type { IpamHostStep } from './ipam-host.steps.js';

/** Addresses, candidate and what is in force. An accepted network stays in force while its successor has trouble. */
export function ipamHostStatus(world: IpamHostWorld, result: PlanResult<IpamHostStep>): IpamHostStatus | undefined {
  if (result.done.some((step) => step.type === 'release' || step.type === 'remove')) return undefined;
  const { ipamHost } = world;
  const status = partsOf(world, result);
  return bookKept(ipamHost.status, status, result.now);
}

function partsOf(world: IpamHostWorld, result: PlanResult<IpamHostStep>): IpamHostStatus {
  const { ipamHost, network } = world;
  const { problem } = planIpamHost(world);
  const inForce = acceptedParts(ipamHost);
  const template =
    network.type === 'good'
      ? {
          l2TemplateRef: `${network.template.metadata.namespace ?? ''}/${network.template.metadata.name}/${network.template.metadata.uid ?? ''}`,
        }
      : {};
  if (problem !== undefined) {
    const result_ = `ERR: ${problem.message}`;
    const stages = problem.stage === 'allocation' ? { ipAllocationResult: result_ } : { l2RenderResult: result_ };
    const state =
      inForce.netconfigFilesState === undefined ? { netconfigV2state: result_, netconfigFilesState: result_ } : {};
    return { ...inForce, ...state, ...template, ...stages, messages: [problem.message] };
  }
  const isComplete =
    network.type === 'good' && network.uses.every(({ address }) => address?.status?.phase === 'Active');
  const rendered = isComplete && ipamHost.metadata.deletionTimestamp === undefined ? renderNetwork(world) : undefined;
  if (rendered === undefined || 'problem' in rendered) return { ...inForce, ...template };
  return {
    ...template,
    ipAllocationResult: 'OK',
    l2RenderResult: 'OK',
    ...renderedParts(world, rendered, inForce, result.now),
  };
}

function renderedParts(
  { ipamHost, now }: IpamHostWorld,
  rendered: Rendered,
  inForce: IpamHostStatus,
  at: number,
): IpamHostStatus {
  if (!isAcceptable(ipamHost, rendered, now)) return { ...inForce, netconfigCandidate: rendered.netplan };
  const { netplan, files, serviceMap, hash } = rendered;
  const state = acceptedHash(ipamHost) === hash ? ipamHost.status?.netconfigFilesState : `OK: ${rfc3339(at)} ${hash}`;
  return {
    netconfigV2: netplan,
    ...(state === undefined ? {} : { netconfigV2state: state, netconfigFilesState: state }),
    netconfigFiles: [...files],
    serviceMap,
  };
}

/** The network in force, as the status has it. */
function acceptedParts(ipamHost: IpamHost): IpamHostStatus {
  if (acceptedHash(ipamHost) === undefined) return {};
  const { netconfigV2, netconfigV2state, netconfigFiles, netconfigFilesState, serviceMap } = ipamHost.status ?? {};
  return {
    ...(netconfigV2 === undefined ? {} : { netconfigV2 }),
    ...(netconfigV2state === undefined ? {} : { netconfigV2state }),
    ...(netconfigFiles === undefined ? {} : { netconfigFiles }),
    ...(netconfigFilesState === undefined ? {} : { netconfigFilesState }),
    ...(serviceMap === undefined ? {} : { serviceMap }),
  };
}

export function ipamHostEvents(world: IpamHostWorld, { outcome }: PlanResult<IpamHostStep>): readonly Announcement[] {
  const { problem } = planIpamHost(world);
  if (problem !== undefined) return [{ type: 'Warning', reason: problem.reason, message: problem.message }];
  return outcome.type === 'waiting' && outcome.reason === 'AwaitsApproval'
    ? [{ type: 'Normal', reason: outcome.reason, message: outcome.message }]
    : [];
}
