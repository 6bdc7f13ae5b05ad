import type { MCCUpgradeStatus } from '@keelson/api';
import { isUnderWay, isUpdating, holdOf } from './mccupgrade.plan.js';
import type { MccWorld } from './mccupgrade.observe.js';
import type { PlanResult } from '@keelson/reconcile';
import type { MccStep } from './mccupgrade.steps.js';
import type { ServiceRoll } from './services.js';

type ServiceStatus = NonNullable<MCCUpgradeStatus['services']>[number];

/** What comes next, when, and why not now. */
export function mccStatus(world: MccWorld, { done }: PlanResult<MccStep>): MCCUpgradeStatus {
  const { next, now, services } = world;
  const hold = holdOf(world);
  const date = next?.metadata.creationTimestamp;
  const at = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...(next === undefined
      ? {}
      : { nextRelease: { version: next.spec.version, ...(date === undefined ? {} : { date }) } }),
    ...(hold?.until === undefined ? {} : { nextAttempt: at(hold.until) }),
    message: hold?.message ?? (next === undefined ? 'there is no newer release' : `moves to ${next.spec.version} now`),
    ...lastUpgrade(
      world,
      done.some(({ type }) => type === 'begin'),
      at(now),
    ),
    ...(services.length === 0 ? {} : { services: services.map(serviceStatus) }),
  };
}

function serviceStatus({ deployment, version, wantedVersion, isOfRelease, standing }: ServiceRoll): ServiceStatus {
  return {
    name: deployment.metadata.name,
    version,
    ...(isOfRelease ? {} : { wantedVersion }),
    state: standing.state,
  };
}

function lastUpgrade(world: MccWorld, hasBegun: boolean, now: string): Pick<MCCUpgradeStatus, 'lastUpgrade'> {
  const { upgrade, management, current, services } = world;
  const last = upgrade.status?.lastUpgrade;
  const isOpen = last?.startedAt !== undefined && last.finishedAt === undefined;
  // One that was begun by hand, or whose begin was not written down, is one too.
  if (hasBegun || (!isOpen && isUpdating(world))) return { lastUpgrade: { startedAt: now } };
  if (last === undefined) return {};
  const isOver =
    management?.status?.providerStatus?.ready === true &&
    current !== undefined &&
    !isUnderWay(management, current) &&
    services.every(({ standing }) => standing.state === 'Done');
  return { lastUpgrade: isOpen && isOver ? { ...last, finishedAt: now } : last };
}
