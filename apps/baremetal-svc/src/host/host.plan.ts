import { annotations, finalizers, keyOf } from '@keelson/api';
import { equalJson } from '@keelson/std';
import { hostId, isDetached, isPaused } from './host.observe.js';
import { type Answered, bmcTrouble, doing, enter, type HostPlan, itself, paced, resting } from './host.outcomes.js';
import { planAvailable, planProvisioning } from './host.plan-installation.js';
import type { HostState } from './host.states.js';
import type { HostStep } from './host.steps.js';
import type { HostWorld, UnheldSecret } from './host.world.js';
import { ignoredPower, restPower } from './host.power.js';

/** What is to be done with a host now. Pure: the same world gives the same plan. */
export function planHost(world: HostWorld): HostPlan {
  const known = planned.get(world);
  if (known !== undefined) return known;
  const plan = freshPlan(world);
  planned.set(world, plan);
  return plan;
}

/** The status of one look asks for its plan again. */
const planned = new WeakMap<HostWorld, HostPlan>();

function freshPlan(world: HostWorld): HostPlan {
  const { host, state } = world;
  if (isPaused(host)) return pausedPlan(world);
  if (host.metadata.deletionTimestamp !== undefined) return planDeletion(world);
  if (host.metadata.finalizers?.includes(finalizers.host) !== true) {
    return {
      steps: [{ type: 'addFinalizer', object: host, finalizer: finalizers.host }],
      outcome: { type: 'progressing' },
      why: 'The host is new.',
    };
  }
  if (isDetached(host)) return resting();
  if (world.credentials.unheld !== undefined) return planHold(world.credentials.unheld);
  return plans[state](world);
}

const plans: Record<HostState, (world: HostWorld) => HostPlan> = {
  unmanaged: (world) =>
    world.host.spec.bmc === undefined ? resting() : enter(world, 'registering', 'The host has a BMC now.'),
  registering: planRegistering,
  inspecting: planInspecting,
  preparing: (world) =>
    planOff(world, 'preparation error', () => enter(world, 'available', 'The server is off and empty.')),
  available: planAvailable,
  provisioning: planProvisioning,
  provisioned: planProvisioned,
  'externally provisioned': planExternal,
  deprovisioning: (world) =>
    planOff(world, 'provisioning error', () =>
      enter(world, 'available', 'The server is off and has forgotten its installation.'),
    ),
  'powering off before delete': planDeletion,
  deleting: planDeletion,
};

/** Before its BMC is asked for the first time: what powers the server on must still be there to power it off. */
function planHold(secret: UnheldSecret): HostPlan {
  return { steps: [{ type: 'holdSecret', secret }], outcome: { type: 'progressing' } };
}

function pausedPlan(world: HostWorld): HostPlan {
  const message = `The host is paused by the annotation ${annotations.hostPaused}; take it off to go on.`;
  return { steps: [], outcome: { type: 'blocked', on: itself(world), reason: 'Paused', message } };
}

function planRegistering(world: HostWorld): HostPlan {
  const { host } = world;
  if (host.spec.bmc === undefined) return enter(world, 'unmanaged', 'The host has no BMC.');
  const trouble = bmcTrouble(world);
  if (trouble !== undefined) return trouble;
  if (host.spec.externallyProvisioned === true)
    return enter(world, 'externally provisioned', 'The BMC answers; something else installed the server.');
  return host.spec.inspectionMode === 'disabled'
    ? enter(world, 'preparing', 'The BMC answers; inspection is switched off.')
    : enter(world, 'inspecting', 'The BMC answers with the given account.');
}

/** A self test takes minutes; one that lasts this long hangs. */
const inspectionSeconds = 1200;

function planInspecting(world: HostWorld): HostPlan {
  const { host, bmc } = world;
  const begun = Math.max(world.since, Date.parse(host.status?.operationHistory?.inspect?.start ?? '') || 0);
  const trouble = bmcTrouble(world);
  if (trouble !== undefined || bmc.type !== 'answered') return trouble ?? resting();
  const id = hostId(host);
  if (world.now - begun > inspectionSeconds * 1000) {
    const message =
      'The self test of the server did not end within 20 minutes. Look at its console; it is powered off and inspected anew.';
    const off: HostStep[] = bmc.system.power === 'Off' ? [] : [{ type: 'power', host: id, action: 'ForceOff' }];
    return doing(world, [...off, { type: 'restartInspection', host: id }], 10, {
      type: 'inspection error',
      reason: 'InspectionTimedOut',
      message,
    });
  }
  if (bmc.hardware !== undefined) return inspected(world, bmc.hardware);
  const isOff = bmc.system.power === 'Off' || bmc.system.power === 'Unknown';
  return doing(
    world,
    isOff ? [{ type: 'power', host: id, action: 'On' }] : [],
    paced(world, begun, 1, 15),
    ignoredPower(world, bmc),
  );
}

function inspected(world: HostWorld, hardware: NonNullable<Answered['hardware']>): HostPlan {
  const { host, recordedHardware } = world;
  const save: HostStep = { type: 'saveHardware', key: keyOf(host), uid: host.metadata.uid ?? '', hardware };
  return enter(world, 'preparing', 'The hardware is known.', equalJson(recordedHardware, hardware) ? [] : [save]);
}

/** Off, with empty drives and no override: then `then`. Each command is looked after in the next pass. */
function planOff(world: HostWorld, type: 'preparation error' | 'provisioning error', then: () => HostPlan): HostPlan {
  const trouble = bmcTrouble(world);
  if (trouble !== undefined || world.bmc.type !== 'answered') return trouble ?? resting();
  const steps = offSteps(world, world.bmc);
  if (steps.length === 0 && isOff(world)) return then();
  const ignored = ignoredPower(world, world.bmc);
  return doing(
    world,
    steps,
    paced(world, world.since, 0.2, 15),
    ignored === undefined ? undefined : { ...ignored, type: ignored.type ?? type },
  );
}

/** What is left to do until the server is off and nothing makes it boot anything. */
export function offSteps({ host }: HostWorld, { system, media }: Answered): readonly HostStep[] {
  const id = hostId(host);
  if (system.power !== 'Off' && host.spec.disablePowerOff !== true)
    return system.power === 'PoweringOff' ? [] : [{ type: 'power', host: id, action: 'ForceOff' }];
  const steps: HostStep[] = [];
  if (media?.config.inserted === true) steps.push({ type: 'ejectMedia', host: id, slot: 'Config' });
  if (media?.cd.inserted === true) steps.push({ type: 'ejectMedia', host: id, slot: 'Cd' });
  const isOverridden = system.boot.enabled !== undefined && system.boot.enabled !== 'Disabled';
  if (isOverridden) steps.push({ type: 'setBoot', host: id, target: 'None', mode: system.boot.mode ?? 'UEFI' });
  return steps;
}

function isOff({ host, bmc }: HostWorld): boolean {
  return host.spec.disablePowerOff === true || (bmc.type === 'answered' && bmc.system.power === 'Off');
}

function planProvisioned(world: HostWorld): HostPlan {
  const { host } = world;
  const installed = host.status?.provisioning.image?.url;
  if (host.spec.image === undefined) return enter(world, 'deprovisioning', 'The image was taken out of the spec.');
  // A status that has lost its image (moved by hand, restored) must not cost a running system.
  if (installed !== undefined && host.spec.image.url !== installed)
    return enter(world, 'deprovisioning', 'Another image is wanted.');
  return bmcTrouble(world) ?? restPower(world);
}

function planExternal(world: HostWorld): HostPlan {
  if (world.host.spec.externallyProvisioned !== true)
    return enter(world, 'inspecting', 'The host is no longer provisioned by something else.');
  return bmcTrouble(world) ?? restPower(world);
}

/** What is not done any more, and what stood in its way. */
function notPoweredOff(world: HostWorld): string {
  const cause = bmcTrouble(world)?.error?.message;
  const said = 'The server could not be powered off in time and may still be on';
  return cause === undefined ? `${said}.` : `${said}: ${cause}`;
}

/** Deletion waits for the Machine, then for the server to be off; neither a dead BMC nor a wrong password holds it for ever. */
function planDeletion(world: HostWorld): HostPlan {
  const { host, state, machine, bmc } = world;
  if (state === 'deleting')
    return {
      steps: [{ type: 'removeFinalizer', object: host, finalizer: finalizers.host }],
      outcome: { type: 'settled' },
    };
  if (machine !== undefined && state !== 'powering off before delete') {
    const on = {
      kind: 'Machine',
      ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
      name: machine.metadata.name,
    };
    const message = `Machine ${machine.metadata.name} uses the host. Delete the Machine first; the host is then removed by itself.`;
    return { steps: [], outcome: { type: 'waiting', on, reason: 'HostInUse', message } };
  }
  if (state !== 'powering off before delete')
    return enter(world, 'powering off before delete', 'The host is being deleted.');
  const wasNeverReached = host.status?.goodCredentials?.credentials == null || isDetached(host);
  if (wasNeverReached) return enter(world, 'deleting', 'The BMC never answered: there is nothing to power off.');
  if (world.now - world.since >= 300_000) return enter(world, 'deleting', notPoweredOff(world));
  const trouble = bmcTrouble(world);
  if (trouble !== undefined || bmc.type !== 'answered') return trouble ?? resting();
  const steps = offSteps(world, bmc);
  return steps.length === 0 && isOff(world)
    ? enter(world, 'deleting', 'The server is off.')
    : doing(world, steps, paced(world, world.since, 1, 15));
}
