import type { OsdplState, OsdplstStatus, ServiceStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { controllerVersion } from '../names.js';
import type { Assessment } from './assessment.js';
import { assess } from './rollout.plan.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld } from './rollout.world.js';
import { upgradesOf, versionOf } from './upgrade.js';

/** What the status says of the apply. Health is another reconciler's. */
export function rolloutStatus(world: RolloutWorld, result: PlanResult<RolloutStep>): OsdplstStatus | undefined {
  const { deployment, object } = world;
  if (deployment === undefined || deployment.spec.draft) return undefined;
  const services = assess(world);
  const state = stateOf(world, services, result);
  // A pass that writes objects is followed by one that sees what came of it: one status for both, unless it begins something.
  const isBeginning = state !== object.status?.osdpl?.state || world.fingerprint !== object.status.osdpl.fingerprint;
  if (result.outcome.type === 'progressing' && !isBeginning && !beginsUpgrade(world, services)) return undefined;
  const applied = services.filter((service) => service.state === 'APPLIED').length;
  return {
    osdpl: {
      ...cloudOf(world, state),
      lcm_progress:
        services.length === 0 ? (object.status?.osdpl?.lcm_progress ?? '0/0') : `${applied}/${services.length}`,
    },
    services: servicesOf(world, services),
    ...rotationsOf(world, state),
    handle: { lastStatus: state === 'FAILED' ? 'failed' : state === 'APPLIED' ? 'applied' : 'applying' },
  };
}

/** A rotation is done when everything that uses the new credentials is applied. */
function rotationsOf({ object, rotated }: RolloutWorld, state: OsdplState): Pick<OsdplstStatus, 'credentials'> {
  const groups = Object.entries(rotated).map(([group, timestamp]) => [group, { timestamp }] as const);
  const rotation = state === 'APPLIED' ? Object.fromEntries(groups) : object.status?.credentials?.rotation;
  return rotation === undefined || Object.keys(rotation).length === 0 ? {} : { credentials: { rotation } };
}

/** An upgrade that is begun is ended whatever the cloud's health becomes: it is written down before anything is seen of it. */
function beginsUpgrade(world: RolloutWorld, services: readonly Assessment[]): boolean {
  if (upgradesOf(world).length === 0) return false;
  return services.some(({ name, state }) => world.object.status?.services?.[name]?.state !== state);
}

function stateOf(world: RolloutWorld, services: readonly Assessment[], result: PlanResult<RolloutStep>): OsdplState {
  if (result.outcome.type === 'blocked' || services.some(({ trouble }) => trouble !== undefined)) return 'FAILED';
  const isDone = services.length > 0 && services.every((service) => service.state === 'APPLIED' && service.isOfTarget);
  return isDone && result.outcome.type !== 'progressing' && world.obstacle === undefined ? 'APPLIED' : 'APPLYING';
}

function cloudOf(world: RolloutWorld, state: OsdplState): NonNullable<OsdplstStatus['osdpl']> {
  const before = world.object.status?.osdpl;
  const target = world.deployment?.spec.openstack_version;
  const isSame = before?.state === state && before.fingerprint === world.fingerprint;
  const isUpgrade = before?.openstack_version !== undefined && before.openstack_version !== target;
  const cause =
    before?.fingerprint === world.fingerprint
      ? before.cause
      : before === undefined
        ? 'the OpenStackDeployment was made'
        : isUpgrade
          ? `upgrade from ${before.openstack_version ?? ''} to ${target ?? ''}`
          : 'the OpenStackDeployment was changed';
  return {
    state,
    openstack_version: state === 'APPLIED' ? target : (before?.openstack_version ?? target),
    controller_version: controllerVersion,
    controller_host: world.host,
    fingerprint: world.fingerprint,
    timestamp: isSame ? before.timestamp : rfc3339(world.now),
    ...(cause === undefined ? {} : { cause }),
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
  const known = before?.tasks?.find(({ description }) => description === task);
  const tasks = task === undefined ? undefined : [known ?? { description: task, start_time: rfc3339(world.now) }];
  return {
    state,
    controller_version: controllerVersion,
    fingerprint: service.fingerprint,
    timestamp: before?.state === state ? before.timestamp : rfc3339(world.now),
    ...(version === undefined ? {} : { openstack_version: version }),
    ...(world.release === undefined ? {} : { release: world.release }),
    ...(tasks === undefined ? {} : { tasks }),
  };
}
