import type { KubeObject, OpenStackDeploymentStatus } from '@keelson/api';
import type { UpgradeStep } from '../cloud/service.js';
import { pauseAnnotation } from '../names.js';
import { identityOf, isWorkload } from '@keelson/mosk';
import { type Assessment, notHealthy, referenceTo, type Wait } from './assessment.js';
import type { Item, RolloutWorld, WorldService } from './rollout.world.js';
import { applySteps, assessStages, neededFor, type Needed } from './stages.js';
import { brokenFoundation, checksLeft, failedCheckOf, howToPassOver, isCheck } from './upgrade-checks.js';

/**
 * The order in which services go to the next release, one by one: those that the reference names, then the others that have a
 * database of their own. Infrastructure follows together afterwards.
 */
export const upgradeOrder = [
  'identity',
  'placement',
  'image',
  'networking',
  'compute',
  'block-storage',
  'load-balancer',
  'dns',
  'key-manager',
  'orchestration',
  'dashboard',
  'object-storage',
  'instance-ha',
  'shared-file-system',
  'baremetal',
  'metric',
  'alarming',
  'metering',
] as const;

/** The services that are to go to another release, in order; empty when there is no upgrade. */
export function upgradesOf(world: RolloutWorld): readonly WorldService[] {
  const ordered = upgradeOrder.flatMap((name) => world.services.find((service) => service.name === name) ?? []);
  return ordered.filter((service) => {
    const version = versionOf(world, service.name);
    return version !== undefined && version !== targetOf(world);
  });
}

/** The release a service has, as far as the status knows. */
export function versionOf({ object }: RolloutWorld, service: string): string | undefined {
  return object.status?.services?.[service]?.openstack_version;
}

/** Whether a service is still of an older Cluster release, and nothing of the newer one has begun there. */
export function isBehind({ object, release }: RolloutWorld, service: string): boolean {
  const before = object.status?.services?.[service];
  return before !== undefined && before.release !== release && before.state !== 'APPLYING';
}

/** Whether services of a cloud are still to go to the release that its spec names. */
export function isUpgrading({ status }: OpenStackDeploymentStatus, target: string): boolean {
  return upgradeOrder.some((name) => {
    const version = status?.services?.[name]?.openstack_version;
    return version !== undefined && version !== target;
  });
}

/** A release that services still have and are to leave, else the one that they have; undefined while none is applied. */
export function standingVersion({ status }: OpenStackDeploymentStatus, target: string): string | undefined {
  const versions = upgradeOrder.flatMap((name) => status?.services?.[name]?.openstack_version ?? []);
  return versions.find((version) => version !== target) ?? versions[0];
}

/** The release that all services have, unless one has begun to go to the target. */
export function untouchedVersion({ status }: OpenStackDeploymentStatus, target: string): string | undefined {
  const standing = upgradeOrder.flatMap((name) => status?.services?.[name] ?? []);
  const [version, ...others] = new Set(standing.flatMap((service) => service.openstack_version ?? []));
  const isUnderWay = version !== target && standing.some(({ state }) => state === 'APPLYING');
  return others.length > 0 || isUnderWay ? undefined : version;
}

/** Whether this look finds a service of the order to be of the new release: once that is written the next one begins. */
export function hasArrived(world: RolloutWorld, { name, isOfTarget }: Assessment): boolean {
  const version = versionOf(world, name);
  const isInOrder = upgradeOrder.some((one) => one === name);
  return isInOrder && isOfTarget && version !== undefined && version !== targetOf(world);
}

function targetOf({ deployment }: RolloutWorld): string | undefined {
  return deployment?.spec.openstack_version;
}

/**
 * How services stand during an upgrade: the first that is not of the new release goes there, the others keep what they
 * have. Nothing is begun while the cloud is not healthy or the upgrade is paused; what was begun is ended. Before the first
 * begins, the checks of the new release have nothing against it, and every service has a form of that release.
 */
export function assessUpgrade(world: RolloutWorld, upgrades: readonly WorldService[]): readonly Assessment[] {
  const current = upgrades[0];
  const hold = current === undefined || isApplying(world, current.name) ? undefined : holdOf(world);
  const isAsked = hold === undefined && !hasBegun(world);
  const left = isAsked ? checksLeft(world, upgrades) : new Map<string, never>();
  const isHeld = left.size > 0 || (isAsked && upgrades.some(({ failure }) => failure !== undefined));
  return world.services.map((service) => {
    const refused = unrendered(world, service);
    if (refused !== undefined) return { ...refused, state: isApplying(world, service.name) ? 'APPLYING' : 'WAITING' };
    // First of all: it would move the pods that the upgrade replaces.
    if (service.pausedByUpgrade) return assessStages(world, service);
    const kept = untouched(world, service, upgrades.includes(service));
    if (isHeld) return { ...kept, ...left.get(service.name) };
    if (service !== current) return kept;
    return hold === undefined ? upgraded(world, service) : { ...kept, wait: hold };
  });
}

function isApplying({ object }: RolloutWorld, service: string): boolean {
  return object.status?.services?.[service]?.state === 'APPLYING';
}

/** Whether a service is on its way to the release that the spec names, or there. */
function hasBegun(world: RolloutWorld): boolean {
  return upgradeOrder.some((name) => versionOf(world, name) === targetOf(world) || isApplying(world, name));
}

/** How a service stands that the spec gives no form: what runs of it goes on, and somebody must see to the spec. */
export function unrendered(world: RolloutWorld, { name, failure }: WorldService): Assessment | undefined {
  if (failure === undefined) return undefined;
  const { message, reason } = failure;
  const on = referenceTo(world.deployment ?? world.object);
  return {
    name,
    state: versionOf(world, name) === undefined ? 'WAITING' : 'APPLYING',
    steps: [],
    wait: { on, reason, message, isFailure: true },
    trouble: message,
    isOfTarget: false,
    fingerprint: world.object.status?.services?.[name]?.fingerprint ?? '',
  };
}

/** How a service stands that keeps what it has. */
export function untouched({ object }: RolloutWorld, service: WorldService, isToCome: boolean): Assessment {
  const before = object.status?.services?.[service.name];
  return {
    name: service.name,
    state: isToCome || before === undefined ? 'WAITING' : before.state,
    steps: [],
    isOfTarget: false,
    fingerprint: before?.fingerprint ?? '',
  };
}

/** Why no service may begin its upgrade now. */
function holdOf(world: RolloutWorld): Wait | undefined {
  const { deployment, object, now } = world;
  if (deployment === undefined) return undefined;
  const until = Date.parse(deployment.metadata.annotations?.[pauseAnnotation] ?? '');
  if (until > now)
    return {
      on: referenceTo(deployment),
      reason: 'UpgradePaused',
      message: `The upgrade is paused until ${deployment.metadata.annotations?.[pauseAnnotation] ?? ''} by the annotation ${pauseAnnotation}.`,
      recheckAfterSeconds: Math.ceil((until - now) / 1000),
    };
  const broken = brokenFoundation(world);
  if (broken !== undefined) return broken;
  const health = object.status?.osdpl?.health;
  const [healthy, all] = (health ?? '').split('/');
  if (health !== undefined && healthy === all) return undefined;
  const [ill] = unhealthyIn(world);
  const named = ill === undefined ? 'see status.health' : `${identityOf(ill)} is not`;
  return {
    on: referenceTo(ill ?? object),
    reason: notHealthy,
    message: `No service is upgraded while the cloud is not healthy (${health ?? 'health unknown'}): ${named}.`,
    recheckAfterSeconds: 30,
  };
}

/** Workloads of the cloud that its health calls unhealthy. */
function unhealthyIn({ object, services }: RolloutWorld): readonly KubeObject[] {
  const live = services.flatMap(({ stages }) =>
    stages.flatMap(({ items }) => items.flatMap((item) => item.live ?? [])),
  );
  return live.filter((each) => {
    const { application = '', component = '' } = each.metadata.labels ?? {};
    return isWorkload(each) && object.status?.health?.[application]?.[component]?.status === 'Unhealthy';
  });
}

/** One service on its way: configuration, then the steps it declares, then whatever else it consists of. */
function upgraded(world: RolloutWorld, service: WorldService): Assessment {
  const base = { name: service.name, fingerprint: service.fingerprint, state: 'APPLYING', isOfTarget: false } as const;
  const items = [...service.stages.flatMap((stage) => stage.items), ...service.onDemand];
  const configuration = items.filter(
    ({ wanted, isCurrent }) => !isCurrent && wanted.kind !== 'Job' && !isWorkload(wanted),
  );
  if (configuration.length > 0)
    return { ...base, steps: applySteps(service.name, configuration), task: 'upgrade: configuration' };
  for (const step of service.upgrade) {
    const needed = neededByStep(world, service.name, step, items);
    if (needed.steps.length === 0 && needed.wait === undefined) continue;
    if (isCheck(step) && failedCheckOf(world, service)?.isPassedOver === true) continue;
    return {
      ...base,
      ...needed,
      task: `upgrade: ${step.name}`,
      trouble: needed.trouble ?? refusal(world, service, { step, needed }),
    };
  }
  return assessStages(world, service);
}

function neededByStep(world: RolloutWorld, service: string, step: UpgradeStep, all: readonly Item[]): Needed {
  const items = all.filter(({ wanted }) => isOfStep(step, wanted.metadata.labels?.['component'] ?? ''));
  switch (step.does) {
    case 'check':
      // Before the first service began, and never after: it would be asked of what is of both releases.
      return { steps: [] };
    case 'run':
      return neededFor(world, service, {
        until: 'complete',
        items: items.filter(({ wanted }) => wanted.kind === 'Job'),
      });
    case 'replace':
      return neededFor(world, service, { until: 'ready', items: items.filter(({ wanted }) => isWorkload(wanted)) });
    case 'stop':
      return neededToStop(service, items);
  }
}

/** True of objects with the label `component` that a step is about. */
export function isOfStep({ components }: Pick<UpgradeStep, 'components'>, component: string): boolean {
  return components.some((each) => (each.endsWith('*') ? component.startsWith(each.slice(0, -1)) : component === each));
}

/** Workloads that run the new release were stopped before they were replaced. */
function neededToStop(service: string, items: readonly Item[]): Needed {
  const running = items.flatMap(({ wanted, live, isCurrent }) =>
    live === undefined || isCurrent || (wanted.kind !== 'Deployment' && wanted.kind !== 'StatefulSet') ? [] : [live],
  );
  const toScale = running.filter((live) => replicasIn(live, 'spec') !== 0);
  if (toScale.length > 0) return { steps: [{ type: 'stop', service, objects: toScale.map(referenceTo) }] };
  const [ending] = running.filter((live) => replicasIn(live, 'status') > 0);
  if (ending === undefined) return { steps: [] };
  const message = `${service}: waits for the pods of ${identityOf(ending)} to end`;
  return { steps: [], wait: { on: referenceTo(ending), reason: 'Stopping', message } };
}

function replicasIn(live: object, part: 'spec' | 'status'): number {
  const value: unknown = Reflect.get(live, part);
  const replicas: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'replicas') : undefined;
  return typeof replicas === 'number' ? replicas : part === 'spec' ? 1 : 0;
}

/** A check that fails says that the upgrade must not go on: that is told at once. */
function refusal(
  world: RolloutWorld,
  service: WorldService,
  { step, needed: { wait } }: { readonly step: UpgradeStep; readonly needed: Needed },
): string | undefined {
  if (!isCheck(step) || wait?.reason !== 'JobFailed') return undefined;
  const job = failedCheckOf(world, service)?.job;
  return job === undefined ? wait.message : `${wait.message}. ${howToPassOver(world, job)}`;
}
