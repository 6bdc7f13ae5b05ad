import type { BareMetalHost, HardwareDetails } from '@keelson/api';
import type { RedfishClient, SystemState } from '@keelson/redfish';
import { type Failure, isFailure, terminal } from '@keelson/std';
import type { BmcMemory, Bmcs } from '../bmc/bmcs.js';
import { hardwareDetails, isComplete } from './host.hardware.js';
import { hostId, isDetached, isPaused, rebootsOf } from './host.observe.js';
import type { HostState } from './host.states.js';
import type { BmcView, Credentials } from './host.world.js';

export interface Question {
  readonly bmcs: Bmcs;
  readonly now: number;
  readonly host: BareMetalHost;
  readonly state: HostState;
  readonly credentials: Credentials;
  readonly access: { readonly username: string; readonly password: string } | undefined;
  /** An answer that is remembered will not do. */
  readonly isLive?: boolean;
}

/** After a refused login the same account is tried again no sooner: BMCs lock accounts after a handful of failures. */
export const refusalRetrySeconds = 300;

/** In states of rest an answer is good for this long, so that changes in the API do not each become a question. */
const freshMs = 20_000;

const unasked: ReadonlySet<HostState> = new Set(['unmanaged', 'deleting']);
const mediaStates: ReadonlySet<HostState> = new Set([
  'preparing',
  'provisioning',
  'deprovisioning',
  'powering off before delete',
]);

/** Asks the BMC what the host's state needs to know. A failure is an answer too. */
export async function askBmc(question: Question): Promise<BmcView> {
  const { bmcs, now, host, state, credentials, access, isLive } = question;
  const { bmc } = host.spec;
  if (unasked.has(state) || isPaused(host) || isDetached(host) || access === undefined || bmc === undefined)
    return { type: 'notAsked' };
  // The Secret is held first, and is another version then.
  if (credentials.unheld !== undefined && isLive !== true) return { type: 'notAsked' };
  const id = hostId(host);
  const memory = bmcs.memory(id);
  const refusal = knownRefusal(memory, question);
  if (refusal !== undefined)
    return { type: 'failed', failure: refusal, since: memory.refused?.at ?? now, isRefusal: true };
  try {
    const client = bmcs.introduce(id, {
      address: bmc.address,
      ...access,
      verifyCertificate: bmc.disableCertificateVerification !== true,
    });
    const fresh = freshAnswer(memory, question);
    const { system, media } = fresh === undefined ? await asked(client, state) : { system: fresh, media: undefined };
    if (fresh === undefined) heard(memory, system, now, wantedPower(host, state));
    return {
      type: 'answered',
      system,
      media,
      hardware: state === 'inspecting' ? await hardwareOf(client, system, host) : undefined,
      progress: memory.progress,
      powerWrongSeconds: memory.powerWanted === undefined ? 0 : (now - memory.powerWanted.since) / 1000,
      startedSecondsAgo: memory.startedAt === undefined ? Infinity : (now - memory.startedAt) / 1000,
    };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return failed(memory, error, now, credentials);
  }
}

/** The power a host should have where it is plain from its spec and state alone. */
export function wantedPower(host: BareMetalHost, state: HostState): 'On' | 'Off' | undefined {
  if (state === 'provisioned' || state === 'externally provisioned')
    return host.spec.online && rebootsOf(host).names.length === 0 ? 'On' : 'Off';
  if (state === 'inspecting') return 'On';
  return state === 'provisioning' ? undefined : 'Off';
}

function knownRefusal(memory: BmcMemory, { now, host, credentials }: Question): Failure | undefined {
  const { refused } = memory;
  const { version } = credentials;
  if (refused !== undefined)
    return refused.version === version && now - refused.at < refusalRetrySeconds * 1000 ? refused.failure : undefined;
  // This process has not asked yet; what an earlier one learnt stands in the status.
  const { triedCredentials, goodCredentials, lastUpdated, errorMessage } = host.status ?? {};
  const wasRefused =
    triedCredentials?.credentialsVersion === version && goodCredentials?.credentialsVersion !== version;
  if (!wasRefused || now - Date.parse(lastUpdated ?? '') >= refusalRetrySeconds * 1000) return undefined;
  return terminal(errorMessage ?? 'the BMC refuses the account', { reason: 'BMCAuthenticationFailed' });
}

function freshAnswer(memory: BmcMemory, { now, host, state, isLive }: Question): SystemState | undefined {
  const { answer } = memory;
  const isQuiet = state === 'available' || state === 'provisioned' || state === 'externally provisioned';
  if (answer === undefined || isLive === true || !isQuiet || now - answer.at >= freshMs) return undefined;
  return answer.system.power === wantedPower(host, state) ? answer.system : undefined;
}

function heard(memory: BmcMemory, system: SystemState, now: number, wanted: 'On' | 'Off' | undefined): void {
  memory.failingSince = undefined;
  memory.refused = undefined;
  memory.answer = { system, at: now };
  const value = system.bootProgress;
  const before = memory.progress;
  if (value === undefined) memory.progress = undefined;
  else if (before?.value !== value) memory.progress = { value, since: now, isAlive: before !== undefined };
  const isRight = wanted === undefined || system.power === wanted;
  if (isRight) memory.powerWanted = undefined;
  else if (memory.powerWanted?.power !== wanted) memory.powerWanted = { power: wanted, since: now };
}

function failed(memory: BmcMemory, failure: Failure, now: number, credentials: Credentials): BmcView {
  memory.answer = undefined;
  const isRefusal = failure.reason === 'BMCAuthenticationFailed';
  if (isRefusal) memory.refused = { version: credentials.version ?? '', at: now, failure };
  memory.failingSince ??= now;
  return { type: 'failed', failure, since: memory.failingSince, isRefusal };
}

async function asked(
  client: RedfishClient,
  state: HostState,
): Promise<Pick<Extract<BmcView, { type: 'answered' }>, 'system' | 'media'>> {
  if (!mediaStates.has(state)) return { system: await client.getSystem(), media: undefined };
  const { system, cd, config } = await client.survey();
  return { system, media: { cd, config } };
}

/** States of BootProgress in which the self test still runs (DSP0268, ComputerSystem.BootProgress.LastState). */
const selfTest =
  /^(PrimaryProcessorInitializationStarted|BusInitializationStarted|MemoryInitializationStarted|SecondaryProcessorInitializationStarted|PCIResourceConfigStarted|None)$/;

/** True while the self test has not come to its end; false also where a BMC does not tell. */
export function isInSelfTest(system: SystemState): boolean {
  return system.bootProgress !== undefined && selfTest.test(system.bootProgress);
}

async function hardwareOf(
  client: RedfishClient,
  system: SystemState,
  host: BareMetalHost,
): Promise<HardwareDetails | undefined> {
  if (system.power !== 'On' || isInSelfTest(system)) return undefined;
  const inventory = await client.inventory();
  return isComplete(inventory) ? hardwareDetails(inventory, host.spec.bootMACAddress) : undefined;
}
