import type { Assessment } from './assessment.js';
import { assessRestore } from './restore.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld } from './rollout.world.js';
import { throughStages } from './stages.js';
import { unrendered, untouched, versionOf } from './upgrade.js';

/**
 * How services stand while the accounts of a rotation are made: whoever has some makes them, with the credentials that are in
 * force, and the others keep what they have. Undefined when all are made. A service that does not run yet begins with the new ones.
 */
export function assessOpening(world: RolloutWorld): readonly Assessment[] | undefined {
  if (world.rotation.upcoming.length === 0) return undefined;
  const assessed = world.services.map((service): Assessment => {
    const isRunning = versionOf(world, service.name) !== undefined;
    // Its accounts cannot be made, so that it would be locked out.
    const refused = isRunning ? unrendered(world, service) : undefined;
    if (refused !== undefined) return refused;
    const passage = throughStages(world, service.name, isRunning ? service.opening : []);
    if (passage.state === 'APPLIED') return untouched(world, service, false);
    return { name: service.name, fingerprint: service.fingerprint, ...passage };
  });
  return assessed.some(({ steps, wait }) => steps.length > 0 || wait !== undefined) ? assessed : undefined;
}

/** Users change places with their successors when all accounts of these are there. */
export function switches(world: RolloutWorld): readonly RolloutStep[] {
  if (assessRestore(world) !== undefined || assessOpening(world) !== undefined) return [];
  return world.rotation.upcoming.map((upcoming) => ({ type: 'switch', upcoming, now: world.now }) as const);
}

/** How services stand that remove the accounts of users out of force: they do so when nothing else is left to do. */
export function withClosing(world: RolloutWorld, services: readonly Assessment[]): readonly Assessment[] {
  const { due, upcoming } = world.rotation;
  if (due.length + upcoming.length > 0 || !services.every(({ state }) => state === 'APPLIED')) return services;
  return services.map((assessment) => {
    const { closing = [] } = world.services.find(({ name }) => name === assessment.name) ?? {};
    const passage = throughStages(world, assessment.name, closing);
    return passage.state === 'APPLIED' ? assessment : { ...assessment, ...passage, isOfTarget: true };
  });
}
