import {
  type Cluster,
  type KaaSRelease,
  KaaSReleaseKind,
  LicenseKind,
  annotations,
  keyOf,
  keyText,
} from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { type MccStep, mccSteps } from './mccupgrade.steps.js';
import type { MccWorld } from './mccupgrade.observe.js';
import { nextOpening } from './schedule.js';
import type { ServiceRoll } from './services.js';

/** How long a release is left to others first where autoDelay asks for it. Milliseconds. */
const autoDelayMs = 20 * 86_400_000;
/**
 * The longest that blockUntil may keep a release off. Milliseconds. Source: Mirantis' documentation of MCCUpgrade, thirty days
 * after the latest release; seven days ahead at most, which we cannot hold against a time that was set earlier.
 */
const longestBlockMs = 30 * 86_400_000;
/** An update that cannot be judged now is looked at again after this, seconds. */
const recheckSeconds = 300;
/** A service that rolls is looked at again after this, seconds: nobody tells of a controller that does nothing. */
const recheckRollSeconds = 30;

/** Why the management cluster does not update now, and from when it may as far as that is known. */
export interface Hold {
  readonly reason: string;
  readonly message: string;
  readonly on: { readonly kind: string; readonly namespace?: string; readonly name: string };
  /** Milliseconds since the epoch. */
  readonly until?: number;
  /** A person must look. */
  readonly isBlocked?: true;
  /** Looked at again after this, if not before. */
  readonly recheckAfterSeconds?: number;
}

/** Moves the management cluster to the next release when nothing holds it. */
export function planMcc(world: MccWorld): Plan<MccStep> {
  const { management, next, current } = world;
  const upkeep = [...labelSteps(world), ...unsupportedSteps(world)];
  if (management === undefined || current === undefined) return { steps: upkeep, outcome: holdOutcome(holdOf(world)) };
  if (upkeep.length > 0) return { steps: upkeep, outcome: progressing('labels and lists are brought up to date') };
  const roll = rollStep(world);
  if (roll !== undefined) return { steps: [roll], outcome: progressing(mccSteps.roll.describe(roll)) };
  const hold = holdOf(world);
  if (hold !== undefined) return { steps: [], outcome: holdOutcome(hold, world.now) };
  if (next === undefined) return { steps: [], outcome: settled };
  return {
    steps: [{ type: 'begin', management, release: next }],
    outcome: progressing(`the management cluster is moved to ${next.spec.version}`),
  };
}

/** The first thing that holds the update; undefined when nothing does or there is nothing to update to. */
export function holdOf(world: MccWorld): Hold | undefined {
  const { management, current, next, unsupported, license, now, upgrade } = world;
  if (management === undefined)
    return {
      reason: 'NoManagementCluster',
      message: 'there is no management cluster: a Cluster with spec.providerSpec.value.kaas',
      on: { kind: 'Cluster', name: '(the management cluster)' },
    };
  const on = referenceOf(management);
  if (current === undefined)
    return {
      reason: 'ReleaseMissing',
      message: `there is no KaaSRelease ${management.spec.providerSpec.value?.kaas?.release ?? '(none is named)'}: apply it, or name one that is there in spec.providerSpec.value.kaas.release`,
      on,
    };
  const rolling = rollHold(world);
  if (rolling !== undefined) return rolling;
  if (isUnderWay(management, current))
    return { reason: 'UnderWay', message: `the management cluster moves to ${current.spec.clusterRelease}`, on };
  const notReady = { reason: 'ClusterNotReady', message: notReadyText(management), on };
  const isReady = management.status?.providerStatus?.ready === true;
  if (!isReady && isUpdating(world)) return notReady;
  if (next === undefined) return pulledBackHold(world);
  const first = unsupported[0];
  if (first !== undefined)
    return {
      reason: 'UnsupportedClusters',
      message: `${next.spec.version} does not support what these clusters run: ${unsupported.map(({ namespace, name, release }) => `${namespace}/${name} (${release ?? ''})`).join(', ')}; update them first`,
      on: { kind: 'Cluster', namespace: first.namespace, name: first.name },
    };
  if (management.status?.providerStatus?.maintenance === true)
    return { reason: 'Maintenance', message: 'the management cluster is in maintenance mode', on };
  const others = maintenanceHold(world);
  if (others !== undefined) return others;
  if (!isReady) return notReady;
  if (license?.status?.expired === true)
    return {
      reason: 'LicenseExpired',
      message: 'the license has expired: write a new one into spec.license.value of the License',
      on: { kind: LicenseKind.kind, name: license.metadata.name },
    };
  return timeHold(next, upgrade.spec, now);
}

/** Whoever works on a cluster relies on the services that would be moved. */
function maintenanceHold({ inMaintenance }: MccWorld): Hold | undefined {
  const [first] = inMaintenance;
  if (first === undefined) return undefined;
  const named = inMaintenance.map((cluster) => keyText(keyOf(cluster))).join(', ');
  return {
    reason: 'ClustersInMaintenance',
    message: `these clusters are in maintenance mode: ${named}; unset spec.providerSpec.value.maintenance of their Machines, then of each Cluster`,
    on: referenceOf(first),
  };
}

/** With what the Cluster itself says of it. */
function notReadyText({ status }: Cluster): string {
  const { message } = status?.progress ?? {};
  return `the management cluster is not ready${message === undefined ? '' : `: ${message}`}`;
}

/** There would be a newer release, had it not been pulled back. */
function pulledBackHold({ pulledBack }: MccWorld): Hold | undefined {
  if (pulledBack === undefined) return undefined;
  const { metadata, spec } = pulledBack;
  return {
    reason: 'ReleasePulledBack',
    message: `there is no newer release: ${spec.version} is pulled back (${metadata.annotations?.[annotations.pulledBack] ?? ''}); the annotation ${annotations.pulledBack} away, or a release after it, lets the update begin`,
    on: { kind: KaaSReleaseKind.kind, name: metadata.name },
  };
}

function timeHold(next: KaaSRelease, spec: MccWorld['upgrade']['spec'], now: number): Hold | undefined {
  const appeared = Date.parse(next.metadata.creationTimestamp ?? '');
  const ripe = spec.autoDelay && !Number.isNaN(appeared) ? appeared + autoDelayMs : now;
  const free = blockedUntil(spec.blockUntil, appeared) ?? now;
  const on = { kind: 'MCCUpgrade', name: 'mcc-upgrade' };
  const until = nextOpening(spec, Math.max(now, ripe, free));
  if (until === undefined) return { reason: 'NoWindow', message: 'spec.schedule has no window within two weeks', on };
  if (until <= now) return undefined;
  if (free > now)
    return {
      reason: 'BlockedUntil',
      message: `spec.blockUntil holds ${next.spec.version} back, for thirty days after it appeared at most; take it away to let it begin`,
      on,
      until,
    };
  return ripe > now
    ? { reason: 'AutoDelay', message: `${next.spec.version} is left to ripen for twenty days`, on, until }
    : { reason: 'OutsideSchedule', message: 'outside the schedule', on, until };
}

/** A release cannot be kept off by it for ever. */
function blockedUntil(blockUntil: string | undefined, appeared: number): number | undefined {
  if (blockUntil === undefined) return undefined;
  const asked = Date.parse(blockUntil);
  return Number.isNaN(appeared) ? asked : Math.min(asked, appeared + longestBlockMs);
}

/** The next service to move: the first that is not done, when it is of another version. */
function rollStep({ services, now }: MccWorld): (MccStep & { readonly type: 'roll' }) | undefined {
  const first = services.find(({ standing }) => standing.state !== 'Done');
  return first?.standing.state === 'Waiting' ? { type: 'roll', service: first, now } : undefined;
}

/** Services are moved, or could not be told from services that are: each in its turn, and none while one is not done. */
function rollHold(world: MccWorld): Hold | undefined {
  const { services, next } = world;
  const first = services.find(({ standing }) => standing.state !== 'Done');
  if (first === undefined || (next === undefined && !isUpdating(world))) return undefined;
  const { deployment, wantedVersion, standing } = first;
  const { name, namespace } = deployment.metadata;
  const on = { kind: 'Deployment', ...(namespace === undefined ? {} : { namespace }), name };
  const done = `${services.filter(isDone).length} of ${services.length} services done`;
  if (standing.state === 'Blocked')
    return {
      reason: standing.reason,
      message: `${name} does not get to ${wantedVersion} (${done}): ${standing.message}. The others stay as they are until it does; with the earlier release in the Cluster again (spec.providerSpec.value.kaas.release) all go back`,
      on,
      isBlocked: true,
    };
  const told = standing.state === 'Rolling' ? `: ${standing.message}` : '';
  return {
    reason: 'ServiceRolls',
    message: `${name} goes over to ${wantedVersion} (${done})${told}`,
    on,
    recheckAfterSeconds: recheckRollSeconds,
  };
}

const isDone = ({ standing }: ServiceRoll): boolean => standing.state === 'Done';

/** An update has begun and is not over: by its record, its cluster, or a service that is not of the release. */
export function isUpdating({ upgrade, management, current, services }: MccWorld): boolean {
  const last = upgrade.status?.lastUpgrade;
  return (
    (last?.startedAt !== undefined && last.finishedAt === undefined) ||
    (management !== undefined && current !== undefined && isUnderWay(management, current)) ||
    services.some(({ isOfRelease }) => !isOfRelease)
  );
}

/** Its spec is ahead of what it runs. */
export function isUnderWay(management: Cluster, current: KaaSRelease): boolean {
  const runs = management.status?.providerStatus?.releaseRefs?.current?.name;
  return runs !== undefined && runs !== current.spec.clusterRelease;
}

function labelSteps({ mislabelled, current }: MccWorld): readonly MccStep[] {
  return mislabelled.map((release) => ({ type: 'label', release, isActive: release === current }));
}

function unsupportedSteps({ unsupported, unsupportedObject }: MccWorld): readonly MccStep[] {
  const known = unsupportedObject?.status?.clusters ?? [];
  return unsupportedObject !== undefined && equalJson(known, unsupported)
    ? []
    : [{ type: 'list-unsupported', clusters: unsupported, isNew: unsupportedObject === undefined }];
}

function holdOutcome(hold: Hold | undefined, now = 0): Outcome {
  if (hold === undefined) return settled;
  if (hold.isBlocked) return blockedBy(hold.on, hold.reason, hold.message);
  const soon =
    hold.until === undefined
      ? (hold.recheckAfterSeconds ?? recheckSeconds)
      : Math.min(3_600, Math.max(1, (hold.until - now) / 1000));
  return waitingOn(hold.on, hold.reason, hold.message, soon);
}

function referenceOf({ metadata: { namespace, name } }: Cluster): Hold['on'] {
  return { kind: 'Cluster', ...(namespace === undefined ? {} : { namespace }), name };
}
