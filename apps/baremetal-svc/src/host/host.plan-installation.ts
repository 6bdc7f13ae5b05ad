import { annotations, keyOf, type Reference } from '@keelson/api';
import { waitingOn } from '@keelson/reconcile';
import { hostId } from './host.observe.js';
import {
  type Answered,
  bmcTrouble,
  doing,
  enter,
  type HostPlan,
  itself,
  namespaceOf,
  paced,
  resting,
  sentence,
  stuckOn,
} from './host.outcomes.js';
import { ignoredPower } from './host.power.js';
import type { HostStep } from './host.steps.js';
import type { HostWorld } from './host.world.js';

/** After this many failed installations in a row a person should look; it is tried on all the same. */
export const manyAttempts = 5;

/** A free host stays off; one that has an image is provisioned once all that takes is there. */
export function planAvailable(world: HostWorld): HostPlan {
  const { host } = world;
  if (
    host.metadata.annotations?.[annotations.hostInspect] !== undefined &&
    host.metadata.annotations[annotations.hostInspect] !== 'disabled'
  ) {
    const drop: HostStep = { type: 'dropAnnotations', key: keyOf(host), names: [annotations.hostInspect] };
    return enter(world, 'inspecting', 'A new inspection was asked for.', [drop]);
  }
  if (host.spec.externallyProvisioned === true)
    return enter(world, 'externally provisioned', 'Something else provisions the server.');
  return host.spec.image === undefined
    ? keepOff(world)
    : (obstacle(world) ?? bmcTrouble(world) ?? enter(world, 'provisioning', 'An image is wanted on the host.'));
}

function keepOff(world: HostWorld): HostPlan {
  const trouble = bmcTrouble(world);
  if (trouble !== undefined || world.bmc.type !== 'answered') return trouble ?? resting();
  const { power } = world.bmc.system;
  if (power === 'Off' || world.host.spec.disablePowerOff === true) return missingProfile(world) ?? resting();
  const steps: HostStep[] =
    power === 'PoweringOff' ? [] : [{ type: 'power', host: hostId(world.host), action: 'ForceOff' }];
  return doing(
    world,
    steps,
    paced(world, world.now - world.bmc.powerWrongSeconds * 1000, 1, 15),
    ignoredPower(world, world.bmc),
  );
}

/** Why an installation cannot begin yet. */
function obstacle(world: HostWorld): HostPlan | undefined {
  const { host, installation, now } = world;
  const failures = host.status?.provisioningFailCount ?? 0;
  const last = host.status?.errorMessage ?? '';
  const profile = missingProfile(world);
  if (profile !== undefined) return profile;
  const [missing] = installation.missing;
  if (missing !== undefined) {
    const on: Reference = { kind: missing.kind, ...namespaceOf(world), name: missing.name };
    return {
      steps: [],
      outcome: waitingOn(
        on,
        `${missing.kind}Missing`,
        `The installation waits for the ${missing.what} in ${missing.kind} ${missing.name}.`,
      ),
    };
  }
  const again = Date.parse(host.status?.operationHistory?.deprovision?.end ?? '') + retrySeconds(failures) * 1000;
  if (failures === 0 || !(now < again)) return undefined;
  return stuckOn(
    itself(world),
    { type: 'provisioning error', reason: 'ProvisioningFailed', message: failedText(failures, last) },
    (again - now) / 1000,
  );
}

/** The last failure, and from the fifth in a row on what to do: something is broken that time does not mend. */
function failedText(failures: number, last: string): string {
  if (failures < manyAttempts || last.startsWith('Installing failed')) return last;
  return `Installing failed ${failures} times in a row. The last time: ${last} It is tried on every half hour: cure the cause, or delete the Machine to give it up.`;
}

/** One minute after the first failure, doubling up to half an hour. */
function retrySeconds(failures: number): number {
  return Math.min(1800, 60 * 2 ** (failures - 1));
}

function missingProfile(world: HostWorld): HostPlan | undefined {
  const { profile, host } = world;
  if (profile.type !== 'missing') return undefined;
  const on: Reference = { kind: 'BareMetalHostProfile', namespace: profile.namespace, name: profile.name ?? 'default' };
  const message =
    profile.name === undefined
      ? `Namespace ${profile.namespace} has no default BareMetalHostProfile. Label one kaas.mirantis.com/defaultBMHProfile: "true", or name one in the Machine ${host.spec.consumerRef?.name ?? ''}.`
      : `BareMetalHostProfile ${profile.name} does not exist in namespace ${profile.namespace}. Create it, or name another in the Machine ${host.spec.consumerRef?.name ?? ''}.`;
  return stuckOn(on, { type: 'provisioning error', reason: 'ProfileNotFound', message });
}

/** An installation that has not reported its end by now will not. */
const installationSeconds = 2700;

/**
 * The order matters: what makes the server boot is complete before it is told to start, and it is told so only while the
 * one-time override has not been used. So a server that lost its power in the middle is never started a second time for
 * the same installation, which would wipe it twice.
 */
export function planProvisioning(world: HostWorld): HostPlan {
  const { installation, bmc, host } = world;
  const { report, urls } = installation;
  const begun = Date.parse(host.status?.operationHistory?.provision?.start ?? '') || world.since;
  const isLate = world.now - begun > installationSeconds * 1000;
  if (report?.phase === 'installed') return finishing(world, isLate);
  if (report?.phase === 'failed')
    return giveUp(world, `The installer failed: ${report.message ?? 'it did not say why'}`);
  if (host.spec.image === undefined) return enter(world, 'deprovisioning', 'The image was taken out of the spec.');
  if (isLate)
    return giveUp(
      world,
      'The installer did not report its end within 45 minutes. Look at the console of the server, and whether it reaches this service over the network',
    );
  if (urls === undefined) return doing(world, [{ type: 'makeTokenKey', namespace: host.metadata.namespace ?? '' }], 0);
  const trouble = bmcTrouble(world);
  if (trouble !== undefined || bmc.type !== 'answered' || bmc.media === undefined) return trouble ?? resting();
  const isArmed = bmc.media.config.inserted && bmc.media.config.image === urls.configuration;
  return isArmed ? started(world, bmc, begun) : arming(world, bmc, urls);
}

function giveUp(world: HostWorld, why: string): HostPlan {
  const error = { type: 'provisioning error', reason: 'ProvisioningFailed', message: sentence(why) } as const;
  return { ...enter(world, 'deprovisioning', error.message), error };
}

/** The configuration drive holds secrets: it is taken out as soon as the host has its own copy. */
function finishing(world: HostWorld, isLate: boolean): HostPlan {
  const why = 'The host reports that it is installed.';
  const trouble = bmcTrouble(world);
  if (trouble !== undefined) return isLate ? enter(world, 'provisioned', why) : trouble;
  const media = world.bmc.type === 'answered' ? world.bmc.media : undefined;
  const id = hostId(world.host);
  const steps: HostStep[] = [];
  if (media?.config.inserted === true) steps.push({ type: 'ejectMedia', host: id, slot: 'Config' });
  if (media?.cd.inserted === true) steps.push({ type: 'ejectMedia', host: id, slot: 'Cd' });
  return enter(world, 'provisioned', why, steps);
}

function arming(
  world: HostWorld,
  { system, media, ...bmc }: Answered,
  urls: NonNullable<HostWorld['installation']['urls']>,
): HostPlan {
  const id = hostId(world.host);
  const recheck = paced(world, world.since, 0.2, 15);
  if (system.power !== 'Off') {
    const steps: HostStep[] = system.power === 'PoweringOff' ? [] : [{ type: 'power', host: id, action: 'ForceOff' }];
    return doing(world, steps, recheck, ignoredPower(world, { system, media, ...bmc }));
  }
  const steps: HostStep[] = [];
  if (media?.cd.inserted !== true || media.cd.image !== urls.image)
    steps.push({ type: 'insertMedia', host: id, slot: 'Cd', url: urls.image });
  if (!isOverridden(system))
    steps.push({
      type: 'setBoot',
      host: id,
      target: 'Cd',
      mode: world.host.spec.bootMode === 'legacy' ? 'Legacy' : 'UEFI',
    });
  // Verified first; the configuration goes in last and says that all is ready.
  if (steps.length > 0) return doing(world, steps, recheck);
  return doing(world, [{ type: 'insertMedia', host: id, slot: 'Config', url: urls.configuration }], recheck);
}

function isOverridden({ boot }: Answered['system']): boolean {
  return boot.target === 'Cd' && boot.enabled === 'Once';
}

/** Told to start this recently, a server may still be shown off. */
const startSeconds = 60;

function started(world: HostWorld, bmc: Answered, begun: number): HostPlan {
  const id = hostId(world.host);
  const { system } = bmc;
  if (system.power === 'On') {
    const hangs = isOverridden(system) && bmc.progress !== undefined && world.now - bmc.progress.since > 900_000;
    return doing(
      world,
      hangs ? [{ type: 'power', host: id, action: 'ForceRestart' }] : [],
      paced(world, begun, 15, 60),
    );
  }
  if (isOverridden(system)) {
    const error = world.now - world.since > 180_000 ? ignoredStart(system.power) : undefined;
    return doing(world, [{ type: 'power', host: id, action: 'On' }], paced(world, begun, 1, 15), error);
  }
  if (bmc.startedSecondsAgo < startSeconds) return doing(world, [], 5);
  return giveUp(world, 'The server lost its power during the installation');
}

function ignoredStart(power: string): HostPlan['error'] {
  const message = `The BMC accepts the command to power on, but the server stays ${power}. Look at the server and at the log of its BMC; it is tried on.`;
  return { type: 'power management error', reason: 'PowerIgnored', message };
}
