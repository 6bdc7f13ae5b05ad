import type { MCCUpgradeStatus } from '@keelson/api';
import { isUnderWay, holdOf } from './mccupgrade.plan.js';
import type { MccWorld } from './mccupgrade.observe.js';
import type { PlanResult } from '@keelson/reconcile';
import type { MccStep } from './mccupgrade.steps.js';

/** What comes next, when, and why not now. */
export function mccStatus(world: MccWorld, { done }: PlanResult<MccStep>): MCCUpgradeStatus {
  const { next, now } = world;
  const hold = holdOf(world);
  const date = next?.metadata.creationTimestamp;
  const at = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...(next === undefined
      ? {}
      : { nextRelease: { version: next.spec.version, ...(date === undefined ? {} : { date }) } }),
    ...(hold?.until === undefined ? {} : { nextAttempt: at(hold.until) }),
    message: hold?.message ?? (next === undefined ? 'there is no newer release' : `moves to ${next.spec.version} now`),
    ...lastUpgrade(world, done.some(({ type }) => type === 'begin') ? at(now) : undefined, at(now)),
  };
}

function lastUpgrade(
  { upgrade, management, current }: MccWorld,
  begun: string | undefined,
  now: string,
): Pick<MCCUpgradeStatus, 'lastUpgrade'> {
  if (begun !== undefined) return { lastUpgrade: { startedAt: begun } };
  const last = upgrade.status?.lastUpgrade;
  if (last === undefined) return {};
  const isOver = management !== undefined && current !== undefined && !isUnderWay(management, current);
  const isReady = management?.status?.providerStatus?.ready === true;
  return { lastUpgrade: last.finishedAt === undefined && isOver && isReady ? { ...last, finishedAt: now } : last };
}
