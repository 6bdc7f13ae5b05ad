import { createHash } from 'node:crypto';
import type { HostErrorType, Reference } from '@keelson/api';
import { type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import type { HostStep } from './host.steps.js';
import { type HostState, hostStates } from './host.states.js';
import type { BmcView, HostWorld } from './host.world.js';
import { hostId } from './host.observe.js';

/** A plan and what is wrong with the host, if anything is. */
export interface HostPlan extends Plan<HostStep> {
  readonly error?: HostError;
}

export interface HostError {
  readonly type: HostErrorType;
  /** PascalCase, for Events. */
  readonly reason: string;
  /** A sentence with cause and cure, the same while the cause is. */
  readonly message: string;
}

export type Answered = Extract<BmcView, { type: 'answered' }>;

/** The BMC as something to wait for. */
export function bmcOf({ host }: HostWorld): Reference {
  return { kind: 'BMC', name: host.spec.bmc?.address ?? host.metadata.name };
}

/** The host itself as something to wait for. */
export function itself({ host }: HostWorld): Reference {
  return {
    kind: 'BareMetalHost',
    ...(host.metadata.namespace === undefined ? {} : { namespace: host.metadata.namespace }),
    name: host.metadata.name,
  };
}

/** What a moving state waits for when all goes well. Always the same words, so that its steps cost no status writes. */
const usualWaits: Partial<Record<HostState, { reason: string; message: string }>> = {
  registering: { reason: 'Registering', message: 'The BMC is asked for the first time.' },
  inspecting: { reason: 'Inspecting', message: 'The server runs its self test; its hardware is read when that ends.' },
  preparing: { reason: 'Preparing', message: 'The server is powered off and its virtual drives are emptied.' },
  provisioning: {
    reason: 'Installing',
    message: 'The server installs its operating system and reports when it is done.',
  },
  deprovisioning: { reason: 'Deprovisioning', message: 'The server is powered off and forgets its installation.' },
  'powering off before delete': { reason: 'PoweringOff', message: 'The server is powered off before its record goes.' },
};

export function usualWait(world: HostWorld, state: HostState, recheckAfterSeconds: number): Outcome {
  const words = usualWaits[state];
  return words === undefined
    ? progressing()
    : waitingOn(bmcOf(world), words.reason, words.message, recheckAfterSeconds);
}

/** Goes on to another state; the next look is at once. */
export function enter(world: HostWorld, to: HostState, why: string, before: readonly HostStep[] = []): HostPlan {
  const outcome = hostStates.states[to].rest === true ? progressing() : usualWait(world, to, 0);
  return { steps: [...before, { type: 'enter', host: hostId(world.host), to }], outcome, why };
}

export function doing(
  world: HostWorld,
  steps: readonly HostStep[],
  recheckAfterSeconds: number,
  error?: HostError,
): HostPlan {
  const usual = usualWait(world, world.state, recheckAfterSeconds);
  return error === undefined
    ? { steps, outcome: usual }
    : { steps, error, outcome: waitingOn(bmcOf(world), error.reason, error.message, recheckAfterSeconds) };
}

export function resting(): HostPlan {
  return { steps: [], outcome: settled };
}

export function stuckOn(on: Reference, error: HostError, recheckAfterSeconds?: number): HostPlan {
  return { steps: [], error, outcome: waitingOn(on, error.reason, error.message, recheckAfterSeconds) };
}

/** Seconds until the next look at something that takes its time: a quarter of how long it has taken so far. */
export function paced(world: HostWorld, fromMs: number, least: number, most: number): number {
  const elapsed = (world.now - fromMs) / 1000;
  return Math.min(most, Math.max(least, elapsed / 4)) * spread(world);
}

/** 0.8 to 1.2, by the host: many hosts must not ask at the same moment. */
function spread({ host }: HostWorld): number {
  const byte =
    createHash('sha256')
      .update(host.metadata.uid ?? host.metadata.name)
      .digest()[0] ?? 128;
  return 0.8 + (0.4 * byte) / 255;
}

/** A BMC that stopped answering is worth an operator's attention after this long. */
const patienceMs = 30_000;

/** Why nothing can be asked of the BMC now; undefined when it answered. */
export function bmcTrouble(world: HostWorld): HostPlan | undefined {
  const { bmc, credentials, state, now, host } = world;
  const type =
    state === 'provisioned' || state === 'externally provisioned'
      ? 'provisioned registration error'
      : 'registration error';
  if (credentials.missing !== undefined) {
    const on: Reference = { kind: 'Secret', ...namespaceOf(world), name: credentials.secretName ?? '' };
    return stuckOn(on, {
      type,
      reason: 'CredentialsMissing',
      message: `The account of the BMC is not known: ${credentials.missing}.`,
    });
  }
  if (bmc.type === 'answered') return undefined;
  if (bmc.type === 'notAsked') return doing(world, [], 1);
  const { failure } = bmc;
  if (bmc.isRefusal || failure.sort === 'terminal')
    return stuckOn(
      bmcOf(world),
      { type, reason: failure.reason, message: sentence(failure.message) },
      300 * spread(world),
    );
  const recheck = Math.max(failure.retryAfterSeconds ?? 0, paced(world, bmc.since, 2, 120));
  const isNew = state !== 'registering' && now - bmc.since < patienceMs;
  const address = host.spec.bmc?.address ?? '';
  const words = failure.reason === 'BMCBusy' ? 'answers with errors' : 'does not answer';
  const message = `The BMC at ${address} ${words}. Check its network, its power and the address in the BareMetalHostInventory; it is tried on.`;
  if (isNew) return hostStates.states[state].rest === true ? keepAsIs(world, recheck) : doing(world, [], recheck);
  return stuckOn(bmcOf(world), { type, reason: failure.reason, message }, recheck);
}

/** A first missed answer changes nothing that is shown. */
function keepAsIs(world: HostWorld, recheckAfterSeconds: number): HostPlan {
  const { progress, errorType } = world.host.status ?? {};
  const error =
    errorType === undefined
      ? {}
      : {
          error: {
            type: errorType,
            reason: progress?.reason ?? 'BMCUnreachable',
            message: world.host.status?.errorMessage ?? '',
          },
        };
  return {
    steps: [],
    ...error,
    outcome: waitingOn(
      bmcOf(world),
      progress?.reason ?? 'BMCSilent',
      progress?.message ?? 'The BMC has just not answered; it is asked again.',
      recheckAfterSeconds,
    ),
  };
}

/** The namespace of the host, as references carry it. */
export function namespaceOf({ host }: HostWorld): { namespace?: string } {
  return host.metadata.namespace === undefined ? {} : { namespace: host.metadata.namespace };
}

/** A message as a sentence: with a capital letter and a full stop. */
export function sentence(text: string): string {
  const whole = text.trim();
  const first = whole.charAt(0).toUpperCase() + whole.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
