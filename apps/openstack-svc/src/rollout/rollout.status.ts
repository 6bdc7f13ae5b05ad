import type { OsdplState, OsdplstStatus, ServiceStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { equalJson, rfc3339 } from '@keelson/std';
import { isRotating } from '../credentials/rotation.js';
import { controllerVersion } from '../names.js';
import { type Assessment, isSameWait } from './assessment.js';
import { podsPercent } from './pods-percent.js';
import { cloudReasons, serviceReasons } from './reasons.js';
import { assess } from './rollout.plan.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld } from './rollout.world.js';
import { passedOver } from './upgrade-checks.js';
import { upgradesOf, versionOf } from './upgrade.js';

/** What the status says of the apply. Health is another reconciler's. */
export function rolloutStatus(world: RolloutWorld, result: PlanResult<RolloutStep>): OsdplstStatus | undefined {
  const { deployment, object } = world;
  if (deployment === undefined || deployment.spec.draft || deployment.metadata.deletionTimestamp !== undefined)
    return undefined;
  const services = assess(world);
  const state = stateOf(world, services, result);
  // A pass that writes objects is followed by one that sees what came of it: one status for both, unless it begins something.
  const isBeginning = state !== object.status?.osdpl?.state || world.fingerprint !== object.status.osdpl.fingerprint;
  const rotations = rotationsOf(world, services);
  const isEnding = !equalJson(rotations, object.status?.credentials?.rotation);
  if (result.outcome.type === 'progressing' && !isBeginning && !isEnding && !beginsUpgrade(world, services))
    return undefined;
  const applied = services.filter((service) => service.state === 'APPLIED').length;
  const percent = state === 'APPLIED' ? undefined : podsPercent(world.services);
  return {
    osdpl: {
      ...cloudOf(world, state),
      lcm_progress:
        services.length === 0 ? (object.status?.osdpl?.lcm_progress ?? '0/0') : `${applied}/${services.length}`,
      ...(percent === undefined ? {} : { pods_percent: percent }),
    },
    services: servicesOf(world, services),
    ...(rotations === undefined ? {} : { credentials: { rotation: rotations } }),
    handle: { lastStatus: state === 'FAILED' ? 'failed' : state === 'APPLIED' ? 'applied' : 'applying' },
  };
}

/** Whether only the stages of services have changed, and what is waited for in them. */
export function isRolloutWording(shown: OsdplstStatus, next: OsdplstStatus): boolean {
  return isSameWait(shown.progress, next.progress) && equalJson(withoutWords(shown), withoutWords(next));
}

/** Nor with how many pods follow, and with health, which is another reconciler's. */
function withoutWords({ osdpl, services = {}, credentials, handle }: OsdplstStatus): readonly unknown[] {
  const states = Object.entries(services).map(([name, service]) => [name, { ...service, tasks: [] }]);
  return [{ ...osdpl, health: '', pods_percent: 0 }, Object.fromEntries(states), credentials, handle];
}

type Rotations = NonNullable<OsdplstStatus['credentials']>['rotation'];

/** A rotation is over when everything that uses the new credentials is applied and the old accounts are gone. */
function rotationsOf(world: RolloutWorld, services: readonly Assessment[]): Rotations {
  const { due, upcoming } = world.rotation;
  const groups = Object.entries(world.rotated).map(([group, timestamp]) => [group, { timestamp }] as const);
  const isOver = isDone(services) && due.length + upcoming.length === 0;
  return isOver && groups.length > 0 ? Object.fromEntries(groups) : world.object.status?.credentials?.rotation;
}

function isDone(services: readonly Assessment[]): boolean {
  return services.length > 0 && services.every(({ state, isOfTarget }) => state === 'APPLIED' && isOfTarget);
}

/** An upgrade that is begun is ended whatever the cloud's health becomes: it is written down before anything is seen of it. */
function beginsUpgrade(world: RolloutWorld, services: readonly Assessment[]): boolean {
  if (upgradesOf(world).length === 0) return false;
  return services.some(({ name, state }) => world.object.status?.services?.[name]?.state !== state);
}

function stateOf(world: RolloutWorld, services: readonly Assessment[], result: PlanResult<RolloutStep>): OsdplState {
  if (result.outcome.type === 'blocked' || services.some(({ trouble }) => trouble !== undefined)) return 'FAILED';
  const isSettled = result.outcome.type !== 'progressing' && world.obstacle === undefined;
  const isInWork = isRotating(world.rotation) || world.amphorae !== undefined;
  return isDone(services) && isSettled && !isInWork ? 'APPLIED' : 'APPLYING';
}

function cloudOf(world: RolloutWorld, state: OsdplState): NonNullable<OsdplstStatus['osdpl']> {
  const before = world.object.status?.osdpl;
  const target = world.deployment?.spec.openstack_version;
  const isSame = before?.state === state && before.fingerprint === world.fingerprint;
  return {
    state,
    openstack_version: state === 'APPLIED' ? target : (before?.openstack_version ?? target),
    controller_version: controllerVersion,
    controller_host: world.host,
    fingerprint: world.fingerprint,
    timestamp: isSame ? before.timestamp : rfc3339(world.now),
    ...cloudReasons(world),
    ...(world.release === undefined ? {} : { release: world.release }),
  };
}

function servicesOf(world: RolloutWorld, services: readonly Assessment[]): Record<string, ServiceStatus> {
  if (services.length === 0) return { ...world.object.status?.services };
  return Object.fromEntries(services.map((service) => [service.name, serviceOf(world, service)]));
}

function serviceOf(world: RolloutWorld, service: Assessment): ServiceStatus {
  const before = world.object.status?.services?.[service.name];
  const { state, task, isOfTarget } = service;
  const version = isOfTarget ? world.deployment?.spec.openstack_version : versionOf(world, service.name);
  const release = isOfTarget || before === undefined ? world.release : before.release;
  const known = before?.tasks?.find(({ description }) => description === task);
  const tasks = task === undefined ? undefined : [known ?? { description: task, start_time: rfc3339(world.now) }];
  return {
    state,
    controller_version: controllerVersion,
    fingerprint: service.fingerprint,
    timestamp: before?.state === state ? before.timestamp : rfc3339(world.now),
    ...serviceReasons(world, service),
    ...(version === undefined ? {} : { openstack_version: version }),
    ...(release === undefined ? {} : { release }),
    ...(tasks === undefined ? {} : { tasks }),
    ...passedOverIn(world, service.name),
  };
}

/** It stays written after the upgrade: what does not work then may come from it. */
function passedOverIn(world: RolloutWorld, service: string): Pick<ServiceStatus, 'upgrade_check_overridden'> {
  const check = passedOver(world).get(service);
  const told = world.object.status?.services?.[service]?.upgrade_check_overridden;
  const release = check?.release ?? told;
  return release === undefined ? {} : { upgrade_check_overridden: release };
}
