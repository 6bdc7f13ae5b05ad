import type { KubernetesCondition, OperationalStatus } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import type { HostError } from './host.outcomes.js';
import { type HostState, hostStates } from './host.states.js';
import type { HostWorld } from './host.world.js';

/**
 * Metal3's conditions. `lastTransitionTime` moves only with the status of a condition. Source:
 * metal3-io/baremetal-operator, apis/metal3.io/v1alpha1/baremetalhost_types.go.
 */
export function conditionsOf(
  world: HostWorld,
  state: HostState,
  error: HostError | undefined,
  operational: OperationalStatus,
): KubernetesCondition[] {
  const isRegistrationError = error?.type === 'registration error' || error?.type === 'provisioned registration error';
  const isKnown = world.bmc.type === 'answered' || world.host.status?.goodCredentials !== undefined;
  const isResting = hostStates.states[state].rest === true;
  const isFree = state === 'available' && world.host.spec.consumerRef === undefined && operational === 'OK';
  const made = [
    of(
      'Manageable',
      isKnown && !isRegistrationError,
      isRegistrationError ? error.reason : isKnown ? 'Manageable' : 'Registering',
      isRegistrationError ? error.message : '',
    ),
    of('Provisioned', state === 'provisioned', state === 'provisioned' ? 'Provisioned' : 'NotProvisioned', ''),
    of(
      'Ready',
      isResting && operational === 'OK',
      error?.reason ?? (isResting ? 'Ready' : reasonOf(state)),
      error?.message ?? '',
    ),
    of(
      'AvailableForProvisioning',
      isFree,
      isFree ? 'Available' : world.host.spec.consumerRef === undefined ? 'NotAvailable' : 'InUse',
      '',
    ),
    of('Progressing', !isResting, isResting ? 'NotProgressing' : reasonOf(state), ''),
    healthOf(world, error),
  ];
  return made.map((condition) => stamped(world, condition));
}

type Unstamped = Omit<KubernetesCondition, 'lastTransitionTime'>;

function of(type: string, holds: boolean, reason: string, message: string): Unstamped {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

/** `powering off before delete` becomes `PoweringOffBeforeDelete`. */
function reasonOf(state: HostState): string {
  return state
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** What the BMC says of the hardware (DSP0268, Status.Health). */
function healthOf({ bmc, host }: HostWorld, error: HostError | undefined): Unstamped {
  const type = 'Healthy';
  if (error?.reason === 'SystemNotRunning')
    return { type, status: 'False', reason: 'CriticalError', message: error.message };
  if (bmc.type !== 'answered') {
    const before = host.status?.conditions?.find((condition) => condition.type === type);
    const isStale = bmc.type === 'failed' && error !== undefined;
    if (before !== undefined && !isStale)
      return { type, status: before.status, reason: before.reason, message: before.message };
    return { type, status: 'Unknown', reason: 'Unknown', message: 'The BMC has not said how the hardware is.' };
  }
  const { health } = bmc.system;
  if (health === undefined || health === 'OK') return { type, status: 'True', reason: 'Healthy', message: '' };
  const reason = health === 'Warning' ? 'Warning' : 'CriticalError';
  return { type, status: 'False', reason, message: `The BMC calls the hardware ${health}; its log says which part.` };
}

function stamped({ host, now }: HostWorld, condition: Unstamped): KubernetesCondition {
  const before = host.status?.conditions?.find((candidate) => candidate.type === condition.type);
  const isSame = before?.status === condition.status;
  return { ...condition, lastTransitionTime: isSame ? before.lastTransitionTime : rfc3339(now) };
}
