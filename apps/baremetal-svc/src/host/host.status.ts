import type { BareMetalHost, BareMetalHostStatus, HardwareDetails } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { equalJson, rfc3339 } from '@keelson/std';
import { conditionsOf } from './host.conditions.js';
import { isDetached, isPaused } from './host.observe.js';
import { type HostError, sentence } from './host.outcomes.js';
import { planHost } from './host.plan.js';
import type { HostState } from './host.states.js';
import type { HostStep } from './host.steps.js';
import type { HostWorld } from './host.world.js';

/** The whole status, from the world and how the plan went. undefined when the record goes or is paused. */
export function hostStatus(world: HostWorld, result: PlanResult<HostStep>): BareMetalHostStatus | undefined {
  if (isPaused(world.host) || result.done.some((step) => leavesStatus.has(step.type))) return undefined;
  const before = world.host.status;
  const state = stateAfter(world, result);
  const error = errorOf(world, result);
  const parts = {
    provisioning: provisioningOf(world, state),
    poweredOn: poweredOn(world, state),
    ...errorMembers(world, error, state),
    ...credentialsOf(world),
    ...hardwareOf(world, result),
    operationHistory: historyOf(world, result, state),
    provisioningFailCount: failuresOf(world, result, state),
    operationalStatus: operationalStatusOf(world, error),
  };
  const whole = { ...parts, conditions: conditionsOf(world, state, error, parts.operationalStatus) };
  const { lastUpdated, progress: _progress, ...shown } = before ?? {};
  const isSame = before !== undefined && equalJson(shown, whole);
  return { ...whole, lastUpdated: isSame ? lastUpdated : rfc3339(result.now) };
}

/** The record goes, or nothing was asked yet and the next look is at once. */
const leavesStatus: ReadonlySet<HostStep['type']> = new Set(['removeFinalizer', 'holdSecret']);

/** The state after this pass: the one that was entered, if all steps before it went well. */
export function stateAfter(world: HostWorld, result: PlanResult<HostStep>): HostState {
  return enteredState(result) ?? world.state;
}

export function enteredState(result: PlanResult<HostStep>): HostState | undefined {
  const entered = result.done.find((step) => step.type === 'enter');
  return entered?.type === 'enter' ? entered.to : undefined;
}

/** What is wrong with the host: what the plan says, else the step that failed, else what is not yet known to be over. */
export function errorOf(world: HostWorld, result: PlanResult<HostStep>): HostError | undefined {
  const planned = planHost(world).error;
  if (planned !== undefined) return planned;
  const { failed } = result;
  if (failed !== undefined && failed.failure.sort !== 'conflict' && isOfBmc(failed.step)) {
    return {
      type: errorTypes[world.state] ?? 'registration error',
      reason: failed.failure.reason,
      message: sentence(failed.failure.message),
    };
  }
  return lingering(world, stateAfter(world, result));
}

function isOfBmc(step: HostStep): boolean {
  return ['power', 'insertMedia', 'ejectMedia', 'setBoot'].includes(step.type);
}

const errorTypes: Partial<Record<HostState, HostError['type']>> = {
  inspecting: 'inspection error',
  preparing: 'preparation error',
  provisioning: 'provisioning error',
  deprovisioning: 'provisioning error',
  available: 'power management error',
  provisioned: 'power management error',
  'externally provisioned': 'power management error',
};

/** An operation that failed has not succeeded merely because it is tried again. */
function lingering(world: HostWorld, state: HostState): HostError | undefined {
  const { errorType, errorMessage } = world.host.status ?? {};
  const isInspection = errorType === 'inspection error' && state === 'inspecting';
  const isInstalled = state === 'provisioned' || state === 'externally provisioned';
  const isProvisioning =
    errorType === 'provisioning error' &&
    !isInstalled &&
    world.host.spec.image !== undefined &&
    (world.host.status?.provisioningFailCount ?? 0) > 0;
  if (!isInspection && !isProvisioning) return undefined;
  return {
    type: errorType,
    reason: isInspection ? 'InspectionTimedOut' : 'ProvisioningFailed',
    message: errorMessage ?? '',
  };
}

function errorMembers(
  world: HostWorld,
  error: HostError | undefined,
  state: HostState,
): Pick<BareMetalHostStatus, 'errorType' | 'errorMessage' | 'errorCount'> {
  const before = world.host.status;
  if (error === undefined) return { errorMessage: '', errorCount: 0 };
  const isRepeat = before?.errorType === error.type && before.errorMessage === error.message && state === world.state;
  const errorCount = isRepeat ? (before.errorCount ?? 1) : (before?.errorCount ?? 0) + 1;
  return { errorType: error.type, errorMessage: error.message, errorCount };
}

function operationalStatusOf(world: HostWorld, error: HostError | undefined): BareMetalHostStatus['operationalStatus'] {
  if (isDetached(world.host)) return 'detached';
  if (error !== undefined) return 'error';
  if (world.host.spec.bmc === undefined) return 'discovered';
  const isKnown = world.bmc.type === 'answered' || world.host.status?.goodCredentials !== undefined;
  return isKnown ? 'OK' : '';
}

function provisioningOf({ host, bmc }: HostWorld, state: HostState): BareMetalHostStatus['provisioning'] {
  const before = host.status?.provisioning;
  const uuid = bmc.type === 'answered' ? bmc.system.uuid : undefined;
  const isBegun = state === 'provisioning' && before?.state !== 'provisioning';
  const image = isBegun || (state === 'provisioned' && before?.image === undefined) ? host.spec.image : before?.image;
  const keepsImage = state === 'provisioning' || state === 'provisioned' || state === 'deprovisioning';
  const isManaged = state !== 'unmanaged' && state !== 'registering';
  return {
    ID: uuid ?? before?.ID ?? '',
    state,
    ...(keepsImage && image !== undefined ? { image } : {}),
    ...(isManaged ? { bootMode: before?.bootMode ?? host.spec.bootMode } : {}),
  };
}

/** While inspecting and installing the power comes and goes with us: it is told when the state ends, which saves writes. */
function poweredOn({ host, bmc, state: from }: HostWorld, state: HostState): boolean {
  const before = host.status?.poweredOn ?? false;
  if (bmc.type !== 'answered') return before;
  if (state === from && (state === 'inspecting' || state === 'provisioning')) return before;
  return bmc.system.power === 'On' || bmc.system.power === 'PoweringOff';
}

function credentialsOf({
  host,
  bmc,
  credentials,
}: HostWorld): Pick<BareMetalHostStatus, 'goodCredentials' | 'triedCredentials'> {
  const before = host.status;
  const { secretName, version } = credentials;
  const used =
    secretName === undefined || version === undefined ? undefined : usedCredentials(host, secretName, version);
  const hasAnswered = bmc.type === 'answered';
  const tried =
    used !== undefined && (hasAnswered || (bmc.type === 'failed' && bmc.isRefusal)) ? used : before?.triedCredentials;
  const good = used !== undefined && hasAnswered ? used : before?.goodCredentials;
  return {
    ...(tried === undefined ? {} : { triedCredentials: tried }),
    ...(good === undefined ? {} : { goodCredentials: good }),
  };
}

function usedCredentials(
  host: BareMetalHost,
  name: string,
  credentialsVersion: string,
): BareMetalHostStatus['goodCredentials'] {
  const { namespace } = host.metadata;
  return { credentials: { name, ...(namespace === undefined ? {} : { namespace }) }, credentialsVersion };
}

function hardwareOf({ host, bmc }: HostWorld, result: PlanResult<HostStep>): { hardware?: HardwareDetails } {
  const isInspected = bmc.type === 'answered' && bmc.hardware !== undefined && enteredState(result) === 'preparing';
  const hardware = isInspected ? bmc.hardware : host.status?.hardware;
  return hardware === undefined ? {} : { hardware };
}

type History = NonNullable<BareMetalHostStatus['operationHistory']>;

const operations: Partial<Record<HostState, keyof History>> = {
  registering: 'register',
  inspecting: 'inspect',
  provisioning: 'provision',
  deprovisioning: 'deprovision',
};

function historyOf({ host, state: from }: HostWorld, result: PlanResult<HostStep>, to: HostState): History {
  const history: History = { ...host.status?.operationHistory };
  const now = rfc3339(result.now);
  const [ended, begun] = [operations[from], operations[to]];
  if (from === 'registering' && host.spec.bmc !== undefined)
    history.register ??= { start: host.metadata.creationTimestamp ?? now };
  if (from !== to && ended !== undefined) history[ended] = { ...history[ended], end: now };
  if (from !== to && begun !== undefined) history[begun] = { start: now };
  if (result.done.some((step) => step.type === 'restartInspection')) history.inspect = { start: now };
  return history;
}

/** Failed installations in a row; a new consumer or image begins anew, since then the image went away in between. */
function failuresOf(world: HostWorld, result: PlanResult<HostStep>, state: HostState): number {
  const before = world.host.status?.provisioningFailCount ?? 0;
  if (state === 'provisioned' || world.host.spec.image === undefined) return 0;
  const hasFailed =
    world.state === 'provisioning' && enteredState(result) === 'deprovisioning' && planHost(world).error !== undefined;
  return hasFailed ? before + 1 : before;
}
