import { type KubeObject, OpenStackDeploymentKind, type Reference } from '@keelson/api';
import { blockedBy, type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import type { Prerequisite } from '../cloud/service.js';
import { serviceLabel } from '../names.js';
import { type Assessment, referenceTo, type Wait } from './assessment.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld, WorldService } from './rollout.world.js';
import { assessRestore } from './restore.js';
import { amphoraeOutcome, withAmphorae } from './amphorae.js';
import { assessOpening, switches, withClosing } from './rotation.js';
import { assessStages } from './stages.js';
import { assessUpgrade, hasArrived, isBehind, unrendered, untouched, upgradesOf, versionOf } from './upgrade.js';

/** What is waited for is looked at again after so long even when no event comes. */
const recheckSeconds = 60;

/** How every service of the cloud stands, in order. The same world is assessed once. */
export function assess(world: RolloutWorld): readonly Assessment[] {
  let known = assessments.get(world);
  if (known === undefined) {
    known = assessed(world);
    assessments.set(world, known);
  }
  return known;
}

const assessments = new WeakMap<RolloutWorld, readonly Assessment[]>();

function assessed(world: RolloutWorld): readonly Assessment[] {
  const restore = assessRestore(world);
  if (restore !== undefined) return [...restore, ...leaving(world)];
  const opening = assessOpening(world);
  if (opening !== undefined) return [...opening, ...leaving(world)];
  const upgrades = upgradesOf(world);
  if (upgrades.length > 0) return [...assessUpgrade(world, upgrades), ...leaving(world)];
  const byName = new Map<string, Assessment>();
  for (const service of world.services) byName.set(service.name, assessService(world, service, byName));
  return withAmphorae(world, withClosing(world, [...byName.values(), ...leaving(world)]));
}

/** Services come in an order in which each follows those that it needs. */
function assessService(
  world: RolloutWorld,
  service: WorldService,
  before: ReadonlyMap<string, Assessment>,
): Assessment {
  const refused = unrendered(world, service);
  if (refused !== undefined) return refused;
  const missing = service.needs.find((need) => (before.get(need)?.state ?? 'APPLIED') !== 'APPLIED');
  const isNew = versionOf(world, service.name) === undefined;
  // What could not be rendered keeps what it has.
  const isHeld = isNew || service.stages.length === 0;
  if (missing === undefined && service.lacks !== undefined && isHeld) return lacking(service, service.lacks);
  // A new Cluster release comes to what it needs first: not everything rolls at once.
  if (missing !== undefined && isBehind(world, service.name)) return untouched(world, service, true);
  // What runs already is looked after even when something that it needs is being worked on.
  if (missing === undefined || !isNew) return assessStages(world, service);
  return { name: service.name, state: 'WAITING', steps: [], isOfTarget: false, fingerprint: service.fingerprint };
}

function lacking({ name, fingerprint }: WorldService, { message, ...on }: Prerequisite): Assessment {
  const wait: Wait = { on, reason: 'PrerequisiteMissing', message: `${name}: ${message}` };
  return { name, state: 'WAITING', steps: [], wait, isOfTarget: false, fingerprint };
}

/** Services that are no longer wanted and of which something is left. */
function leaving({ services, orphans }: RolloutWorld): readonly Assessment[] {
  const wanted = new Set(services.map(({ name }) => name));
  const names = new Set(orphans.map(serviceOf).filter((name) => !wanted.has(name)));
  return [...names].sort().map((name) => ({
    name,
    state: 'DELETING',
    steps: [],
    task: 'removal',
    isOfTarget: false,
    fingerprint: '',
  }));
}

/** What is to be done for the cloud now. */
export function planRollout(world: RolloutWorld): Plan<RolloutStep> {
  const { deployment, failure, obstacle } = world;
  const self = referenceTo(world.object);
  if (deployment === undefined)
    return {
      steps: [],
      outcome: waitingOn(
        { ...self, kind: OpenStackDeploymentKind.kind },
        'DeploymentMissing',
        'There is no OpenStackDeployment of this name.',
      ),
    };
  if (deployment.spec.draft) return { steps: [], outcome: settled };
  if (deployment.metadata.deletionTimestamp !== undefined)
    return { steps: [], outcome: waitingOn(referenceTo(deployment), 'Deleting', 'The cloud is being deleted.') };
  if (failure !== undefined)
    return { steps: [], outcome: blockedBy(referenceTo(deployment), failure.reason ?? 'NotRendered', failure.message) };
  if (obstacle !== undefined) {
    const on: Reference = {
      kind: obstacle.kind,
      namespace: obstacle.namespace ?? self.namespace ?? '',
      name: obstacle.name,
    };
    const outcome =
      obstacle.sort === 'blocked'
        ? blockedBy(on, obstacle.reason, obstacle.message)
        : waitingOn(on, obstacle.reason, obstacle.message, recheckSeconds);
    return { steps: [], outcome };
  }
  const services = assess(world);
  const steps = [
    ...keeping(world),
    ...switches(world),
    ...services.flatMap((service) => service.steps),
    ...pruning(world, services),
  ];
  const goesOn = steps.length > 0 || services.some((service) => hasArrived(world, service));
  if (goesOn) return { steps, outcome: progressing() };
  const outcome = outcomeOf(services, self);
  return { steps, outcome: outcome.type === 'settled' ? rotationOutcome(world, referenceTo(deployment)) : outcome };
}

/** The release and what is rendered from it are written down first: who comes after a crash goes the same way. */
function keeping({ object, toOrder, toKeep }: RolloutWorld): readonly RolloutStep[] {
  return [
    ...(toOrder === undefined ? [] : [{ type: 'order', cloud: object.metadata, text: toOrder } as const]),
    ...(toKeep === undefined ? [] : [{ type: 'keepImages', map: toKeep } as const]),
  ];
}

/** What is no longer rendered goes when the service is what it is to be, so that nothing is missing in between. */
function pruning({ orphans }: RolloutWorld, services: readonly Assessment[]): readonly RolloutStep[] {
  const settledOrGone = new Set(
    services.filter(({ state }) => state === 'DELETING' || state === 'APPLIED').map(({ name }) => name),
  );
  const objects = orphans
    .filter((object) => settledOrGone.has(serviceOf(object)) && object.metadata.deletionTimestamp === undefined)
    .map(referenceTo);
  return objects.length === 0 ? [] : [{ type: 'prune', objects }];
}

function serviceOf({ metadata }: KubeObject): string {
  return metadata.labels?.[serviceLabel] ?? '';
}

/** What is left of a rotation when every service is what it is to be. */
function rotationOutcome(world: RolloutWorld, deployment: Reference): Outcome {
  const { due, former } = world.rotation;
  if (due.length > 0)
    return waitingOn(
      deployment,
      'Rotating',
      `New credentials are generated: ${due.map(({ name }) => name).join(', ')}.`,
    );
  return former.length > 0 ? progressing('the rotation of credentials is over') : amphoraeOutcome(world);
}

/** The wait that is told first: of the one that is in trouble, else for something that has failed, else the first in order. */
function outcomeOf(services: readonly Assessment[], self: Reference): Outcome {
  const inTrouble = services.find(({ trouble }) => trouble !== undefined);
  const waits = waitsOf(services);
  const wait = inTrouble?.wait ?? waits.find(({ isFailure }) => isFailure) ?? waits[0];
  if (wait !== undefined) {
    const message = inTrouble?.trouble ?? wait.message;
    return waitingOn(wait.on, wait.reason, message, recheckOf(services));
  }
  const deleting = services.find(({ state }) => state === 'DELETING');
  if (deleting === undefined) return settled;
  return waitingOn(self, 'Deleting', `${deleting.name}: waits for its objects to be gone`, recheckSeconds);
}

function recheckOf(services: readonly Assessment[]): number {
  return Math.min(recheckSeconds, ...waitsOf(services).map((wait) => wait.recheckAfterSeconds ?? recheckSeconds));
}

function waitsOf(services: readonly Assessment[]): readonly Wait[] {
  return services.flatMap(({ wait }) => (wait === undefined ? [] : [wait]));
}
