import type { Bus, Subscription } from '@keelson/bus';
import { absentServices } from '@keelson/contracts';
import type { Clock, Log } from '@keelson/std';
import type { Faults } from '../faults/faults.js';
import type { Pace } from '../world/pace.js';
import { SimulatedStep } from './simulated-step.js';

export interface StandInSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly pace: Pace;
  readonly faults: Faults;
}

/**
 * Answers for services that are not here yet, so that an update goes through to its end: **what they answer is simulated and
 * says so**. `updateStepFails` and `alertFires` of the fault menu make them fail. A service that is there answers for itself.
 */
export async function standInForAbsent(bus: Bus, world: StandInSurroundings): Promise<readonly Subscription[]> {
  const { storage, observability } = absentServices;
  const ceph = new SimulatedStep(storage.service, world);
  world.log.warn(
    `stands in for ${Object.values(absentServices)
      .map(({ service }) => service)
      .join(' and ')}, which are not here yet: what they answer is simulated`,
  );
  return [
    await bus.respond(storage.requests.update, async (order) => ceph.take(order)),
    await bus.respond(storage.requests.progress, async (query) => ceph.tell(query)),
    await bus.respond(observability.requests.list, async ({ namespace, cluster }) => ({
      firing: world.faults.namesOf('alertFires', `${namespace}/${cluster}`),
    })),
  ];
}
