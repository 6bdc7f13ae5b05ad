import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { troubleOf } from './lcmmachine.trouble.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';

export function lcmMachineEvents(
  world: LcmMachineWorld,
  { outcome, failed }: PlanResult<LcmMachineStep>,
): readonly Announcement[] {
  const trouble = troubleOf(world);
  return [
    ...(failed === undefined
      ? []
      : [{ type: 'Warning', reason: failed.failure.reason, message: failed.failure.message } as const]),
    ...(trouble === undefined ? [] : [{ type: 'Warning', ...trouble } as const]),
    ...(outcome.type === 'blocked'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
  ];
}
