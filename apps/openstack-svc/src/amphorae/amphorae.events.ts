import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { AmphoraStep } from './amphorae.steps.js';
import type { AmphoraWorld } from './amphorae.world.js';

/** Every stage of a rotation, every failover, and what does not get on. */
export function amphoraEvents(
  world: AmphoraWorld,
  { done, outcome }: PlanResult<AmphoraStep>,
): readonly Announcement[] {
  const stages = done.flatMap((step) =>
    step.type === 'write' && step.data['stage'] !== world.rotation?.stage ? [step] : [],
  );
  const failovers = done.flatMap((step) => (step.type === 'failOver' ? [step] : []));
  return [
    ...stages.map(({ data, why }) => {
      const message = `rotation ${data['rotation_id'] ?? ''} for amphorae, ${data['stage'] ?? ''}: ${why}`;
      return { type: 'Normal', reason: 'RotatingAmphorae', message } as const;
    }),
    ...failovers.map(({ id, name }) => {
      const message = `the load balancer ${name} (${id}) is failed over`;
      return { type: 'Normal', reason: 'LoadBalancerFailsOver', message } as const;
    }),
    ...(outcome.type === 'waiting' && outcome.reason === 'LoadBalancerStuck'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
  ];
}
