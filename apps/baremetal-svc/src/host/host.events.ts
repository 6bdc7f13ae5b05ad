import type { Announcement, PlanResult } from '@keelson/reconcile';
import { errorOf, enteredState } from './host.status.js';
import type { HostState } from './host.states.js';
import type { HostStep } from './host.steps.js';
import type { HostWorld } from './host.world.js';

/** The way in between stands in the history. */
const entered: Partial<Record<HostState, { reason: string; message: string }>> = {
  available: { reason: 'Available', message: 'The server is off and free.' },
  provisioned: { reason: 'ProvisioningComplete', message: 'The operating system is installed and has called home.' },
  deprovisioning: {
    reason: 'DeprovisioningStarted',
    message: 'The server is powered off and forgets its installation.',
  },
  deleting: { reason: 'Deleting', message: 'The record of the server goes.' },
};

/** Events worth an operator's attention: where the host goes, and what is wrong with it. */
export function hostEvents(world: HostWorld, result: PlanResult<HostStep>): readonly Announcement[] {
  const events: Announcement[] = [];
  const state = enteredState(result);
  const words = state === undefined ? undefined : entered[state];
  if (words !== undefined) events.push({ type: 'Normal', ...words });
  const error = errorOf(world, result);
  if (error !== undefined) events.push({ type: 'Warning', reason: error.reason, message: error.message });
  if (state === 'deleting' && result.plan.why?.includes('may still be on') === true)
    events.push({ type: 'Warning', reason: 'NotPoweredOff', message: result.plan.why });
  const { outcome } = result.plan;
  if (outcome.type === 'waiting' && outcome.reason === 'HostInUse')
    events.push({ type: 'Warning', reason: outcome.reason, message: outcome.message });
  return events;
}
