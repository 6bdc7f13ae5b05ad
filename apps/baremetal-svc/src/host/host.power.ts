import { annotations, keyOf, type Machine } from '@keelson/api';
import { isInSelfTest } from './host.bmc.js';
import { hostId, rebootsOf } from './host.observe.js';
import { type Answered, bmcOf, type HostError, type HostPlan, itself, paced, resting } from './host.outcomes.js';
import type { HostStep } from './host.steps.js';
import type { HostWorld } from './host.world.js';

/** A BMC that was told and has not obeyed after this long ignores us. */
const obedienceSeconds = 120;
/** An orderly shutdown may take this long before the power is cut. */
const shutdownSeconds = 120;
/** A system that has just been started may take this long until it runs. */
const bootSeconds = 120;
/** A self test of an installed server that hangs this long is ended by a reset. */
const hangSeconds = 900;

/** The error of a BMC that accepts power commands and does nothing. */
export function ignoredPower(_world: HostWorld, bmc: Answered): HostError | undefined {
  if (bmc.powerWrongSeconds < obedienceSeconds) return undefined;
  const message = `The BMC accepts power commands, but the server stays ${bmc.system.power}. Look at the server and at the log of its BMC; it is tried on.`;
  return { type: 'power management error', reason: 'PowerIgnored', message };
}

/** Power of a host at rest: reboots that were asked for, `spec.online`, and whether the system really runs. */
export function restPower(world: HostWorld): HostPlan {
  const { host, bmc } = world;
  if (bmc.type !== 'answered') return resting();
  const reboots = rebootsOf(host);
  const { power } = bmc.system;
  const wantsOn = host.spec.online && reboots.names.length === 0;
  if (!wantsOn && power !== 'Off') return poweringOff(world, bmc, reboots.isHard);
  if (wantsOn && power !== 'On')
    return changing(world, power === 'PoweringOn' ? [] : [{ type: 'power', host: hostId(host), action: 'On' }], bmc);
  if (reboots.names.includes(annotations.hostReboot)) {
    return {
      steps: [{ type: 'dropAnnotations', key: keyOf(host), names: [annotations.hostReboot] }],
      outcome: { type: 'progressing' },
      why: 'The server is off, as the reboot asks.',
    };
  }
  const [held] = reboots.names;
  if (held !== undefined && host.spec.online) {
    const message = `The annotation ${held} holds the server off; take it off to power it on.`;
    return { steps: [], outcome: { type: 'waiting', on: itself(world), reason: 'HeldOff', message } };
  }
  return wantsOn ? running(world, bmc) : resting();
}

function poweringOff(world: HostWorld, bmc: Answered, isHard: boolean): HostPlan {
  const { host } = world;
  if (bmc.system.power === 'PoweringOff') return changing(world, [], bmc);
  const isLate = bmc.powerWrongSeconds >= shutdownSeconds;
  // An orderly shutdown is asked for once; asking again would cancel it on some BMCs.
  const isAsked = bmc.powerWrongSeconds > 0 && !isLate && !isHard;
  if (isAsked) return changing(world, [], bmc);
  return changing(
    world,
    [{ type: 'power', host: hostId(host), action: isHard || isLate ? 'ForceOff' : 'GracefulShutdown' }],
    bmc,
  );
}

function changing(world: HostWorld, steps: readonly HostStep[], bmc: Answered): HostPlan {
  const error = bmc.powerWrongSeconds > obedienceSeconds + shutdownSeconds ? ignoredPower(world, bmc) : undefined;
  const recheckAfterSeconds = paced(world, world.now - bmc.powerWrongSeconds * 1000, 1, 15);
  const { reason, message } = error ?? {
    reason: 'PowerChanging',
    message: `The server goes ${world.host.spec.online ? 'on' : 'off'}.`,
  };
  return {
    steps,
    ...(error === undefined ? {} : { error }),
    outcome: { type: 'waiting', on: bmcOf(world), reason, message, recheckAfterSeconds },
  };
}

/** Systems in which BootProgress says that firmware or boot loader are through. */
function isRunning({ bootProgress }: Answered['system']): boolean {
  return bootProgress === undefined || bootProgress === 'OSRunning' || bootProgress === 'OEM';
}

/** Whether the Machine on the host says that its system gives no sign of life: never heard, or missed since. */
function isSilent(machine: Machine | undefined): boolean {
  const { status, ready, conditions = [] } = machine?.status?.providerStatus ?? {};
  if (machine === undefined || ready === true) return false;
  return (
    status === 'Provision' ||
    status === 'Uninitialized' ||
    conditions.some(({ type, ready }) => type === 'LCM' && !ready)
  );
}

/**
 * Since when the system does not run, in milliseconds since the epoch: since that was seen, or, where the Machine has not
 * heard its agent either, since the installation ended. The second does not depend on how long this process lives.
 */
function downSince({ host, machine }: HostWorld, seenSince: number): number {
  const installed = Date.parse(host.status?.operationHistory?.provision?.end ?? '');
  return isSilent(machine) && installed < seenSince ? installed : seenSince;
}

/**
 * A server that is on need not run its system. A self test that hangs is ended by a reset, but only where a second witness
 * agrees: BootProgress was seen to change, or the Machine misses its agent. A BMC that shows a stale value must not cost a
 * running system.
 */
function running(world: HostWorld, bmc: Answered): HostPlan {
  const { system, progress } = bmc;
  if (isRunning(system) || progress === undefined) return resting();
  const seconds = (world.now - downSince(world, progress.since)) / 1000;
  const recheckAfterSeconds = paced(world, progress.since, 5, 30);
  // Booting is not shown: it would cost two status writes for nothing anybody has to know.
  if (seconds < bootSeconds) return resting();
  const message = `The server is on, but its system does not run: the BMC says ${system.bootProgress ?? ''}. Look at its console; a self test that hangs is ended by a reset.`;
  const error: HostError = { type: 'power management error', reason: 'SystemNotRunning', message };
  const steps: HostStep[] =
    (progress.isAlive || isSilent(world.machine)) &&
    isInSelfTest(system) &&
    seconds > hangSeconds &&
    bmc.startedSecondsAgo > hangSeconds
      ? [{ type: 'power', host: hostId(world.host), action: 'ForceRestart' }]
      : [];
  return {
    steps,
    error,
    outcome: { type: 'waiting', on: bmcOf(world), reason: error.reason, message, recheckAfterSeconds },
  };
}
