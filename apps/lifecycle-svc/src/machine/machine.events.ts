import type { Announcement, PlanResult } from '@keelson/reconcile';
import { forbiddenLabels } from './machine.claim.js';
import type { MachineWorld } from './machine.observe.js';
import { isDisableRefused } from './machine.status.js';
import type { MachineStep } from './machine.steps.js';

/** Waits that an operator should hear of, because somebody may have to act. */
const telling: ReadonlySet<string> = new Set([
  'HostTaken',
  'NetworkFailed',
  'HostFailing',
  'HostOff',
  'PublicKeyMissing',
  'ClusterMissing',
  'QuorumAtRisk',
  'OneByOne',
  'DrainFailed',
  'ClusterNotInMaintenance',
  'WorkloadLockFailed',
  'DisruptionBudget',
  'AwaitsProvisioning',
  'AwaitsDeployment',
  'NodeNotReady',
  'APISilent',
]);

export function machineEvents(
  world: MachineWorld,
  { outcome, done, failed }: PlanResult<MachineStep>,
): readonly Announcement[] {
  const events: Announcement[] = [];
  const warn = (reason: string, message: string): void => void events.push({ type: 'Warning', reason, message });
  if (failed !== undefined && failed.failure.sort !== 'conflict') warn(failed.failure.reason, failed.failure.message);
  if (outcome.type === 'blocked') warn(outcome.reason, outcome.message);
  if (outcome.type === 'waiting' && telling.has(outcome.reason)) warn(outcome.reason, outcome.message);
  if (world.lcmMachine?.status?.lcmOperationStuck === true)
    warn('MachineLCMAgentNotReady', world.lcmMachine.status.lcmOperationStuckMessage ?? 'its items do not get on');
  if (isDisableRefused(world))
    warn(
      'DisableRefused',
      'only workers can be disabled: spec.providerSpec.value.disable has no effect on a control-plane machine',
    );
  const forbidden = world.host === undefined ? [] : forbiddenLabels(world.machine, world.release);
  if (forbidden.length > 0)
    warn('NodeLabelNotAllowed', `the release does not allow the node label ${forbidden.join(', ')}; it is left out`);
  for (const step of done) {
    if (step.type === 'claim-host')
      events.push({ type: 'Normal', reason: 'HostClaimed', message: `host ${step.host.metadata.name} is taken` });
    if (step.type === 'release-host' || step.type === 'abandon-host')
      events.push({ type: 'Normal', reason: 'HostReleased', message: `host ${step.host.metadata.name} is given back` });
  }
  return events;
}
