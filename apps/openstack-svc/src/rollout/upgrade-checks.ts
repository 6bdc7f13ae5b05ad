import type { KubeObject } from '@keelson/api';
import { failureOf, identityOf, incompleteness, unreadiness } from '@keelson/mosk';
import type { UpgradeStep } from '../cloud/service.js';
import { attemptAnnotation, checkOverrideAnnotation } from '../names.js';
import { type Assessment, notHealthy, referenceTo, type Wait } from './assessment.js';
import type { Item, RolloutWorld, WorldService } from './rollout.world.js';
import { neededFor, type Needed } from './stages.js';

/** What every service keeps its state in, or is reached by. */
const foundations: readonly string[] = ['database', 'messaging'];

/** What the database or the broker lacks to be whole. Health comes to it later, as it does not believe the first look. */
export function brokenFoundation({ services }: RolloutWorld): Wait | undefined {
  const live = services
    .filter(({ name }) => foundations.includes(name))
    .flatMap(({ stages }) => stages.flatMap(({ items }) => items.flatMap((item) => item.live ?? [])));
  const broken = live.find((each) => unreadiness(each) !== undefined);
  if (broken === undefined) return undefined;
  const lack = unreadiness(broken) ?? '';
  return {
    on: referenceTo(broken),
    reason: notHealthy,
    message: `No service is upgraded while the database and the message broker are not whole: ${identityOf(broken)} ${lack}.`,
    recheckAfterSeconds: 30,
  };
}

/** What is asked of a service before an upgrade begins. */
export type Asked = Needed & Pick<Assessment, 'task'>;

/**
 * What the checks of the release to come still need, by service; empty when none has anything against it. They run beside each
 * other, so that an operator sees at once all there is to mend.
 */
export function checksLeft(world: RolloutWorld, upgrades: readonly WorldService[]): ReadonlyMap<string, Asked> {
  const left = new Map<string, Asked>();
  for (const service of upgrades) {
    const items = service.onDemand.filter(({ wanted }) => isOfCheck(service.upgrade, wanted));
    const needed = neededFor(world, service.name, { until: 'complete', items });
    if (needed.steps.length === 0 && needed.wait === undefined) continue;
    if (failedCheckOf(world, service)?.isPassedOver === true) continue;
    left.set(service.name, { ...refused(world, service.name, { needed, items }), task: 'upgrade: upgrade-check' });
  }
  return left;
}

/** A check that has failed, and what becomes of that. */
export interface FailedCheck {
  readonly project: string;
  /** Of OpenStack, to come. */
  readonly release: string;
  readonly job: KubeObject;
  /** An operator has said that it is wrong. */
  readonly isPassedOver: boolean;
}

/** The check of a service, where it has failed and not answered otherwise since. */
export function failedCheckOf({ deployment }: RolloutWorld, service: WorldService): FailedCheck | undefined {
  const job = service.onDemand.find(
    ({ wanted, live, isCurrent }) =>
      isCurrent && live !== undefined && isJobOfCheck(service, wanted) && hasFailed(live),
  )?.live;
  if (job === undefined || deployment === undefined) return undefined;
  const project = job.metadata.labels?.['application'] ?? '';
  const release = deployment.spec.openstack_version;
  const overridden = (deployment.metadata.annotations?.[checkOverrideAnnotation] ?? '').split(',');
  const isPassedOver = overridden.some((one) => one.trim() === `${project}:${release}`);
  return { project, release, job, isPassedOver };
}

function isJobOfCheck({ upgrade }: WorldService, { kind, metadata }: KubeObject): boolean {
  const component = metadata.labels?.['component'] ?? '';
  return kind === 'Job' && upgrade.some((step) => isCheck(step) && step.components.includes(component));
}

/** Also of one that is asked when the project's schema has moved. */
export function isCheck({ name, does }: UpgradeStep): boolean {
  return does === 'check' || (does === 'run' && /check/.test(name));
}

function hasFailed(job: KubeObject): boolean {
  const isAgain = Number(job.metadata.annotations?.[attemptAnnotation] ?? 1) > 1 && incompleteness(job) !== undefined;
  return failureOf(job) !== undefined || isAgain;
}

/** How a check that is wrong is passed over, as a sentence. */
export function howToPassOver({ deployment }: RolloutWorld, { metadata }: KubeObject): string {
  const which = `${metadata.labels?.['application'] ?? ''}:${deployment?.spec.openstack_version ?? ''}`;
  return `Where the check itself is wrong, the annotation ${checkOverrideAnnotation}=${which} on the OpenStackDeployment passes it over.`;
}

/** Checks that are passed over, by service, for as long as checks are asked. */
export function passedOver(world: RolloutWorld): ReadonlyMap<string, FailedCheck> {
  const found = world.services.flatMap((service) => {
    const check = failedCheckOf(world, service);
    return check?.isPassedOver === true ? [[service.name, check] as const] : [];
  });
  return new Map(found);
}

/** True of objects that are there for the check of a service alone. */
export function isOfCheck(steps: readonly UpgradeStep[], { metadata }: KubeObject): boolean {
  const component = metadata.labels?.['component'] ?? '';
  return steps.some(({ does, components }) => does === 'check' && components.includes(component));
}

/** A check that fails is told at once, and until it has answered otherwise. */
function refused(
  world: RolloutWorld,
  service: string,
  { needed, items }: { readonly needed: Needed; readonly items: readonly Item[] },
): Needed {
  const { wait } = needed;
  const job = items.find(({ wanted }) => wanted.kind === 'Job')?.live;
  if (wait === undefined || job === undefined) return needed;
  const isAgain = Number(job.metadata.annotations?.[attemptAnnotation] ?? 1) > 1 && incompleteness(job) !== undefined;
  if (wait.reason !== 'JobFailed' && !isAgain) return needed;
  const trouble = `${wait.message}. ${wayOn(world, service, job)}`;
  return { ...needed, wait: { ...wait, reason: 'UpgradeRefused', message: trouble }, trouble };
}

function wayOn(world: RolloutWorld, service: string, job: KubeObject): string {
  const { object, deployment } = world;
  const { namespace = '', name } = job.metadata;
  const target = deployment?.spec.openstack_version ?? '';
  const before = object.status?.services?.[service]?.openstack_version ?? '';
  return (
    `It is the check of ${target}, of which nothing has begun: its log says why ` +
    `(kubectl -n ${namespace} logs job/${name}). Mend what it names, or set spec.openstack_version back to ${before}. ` +
    howToPassOver(world, job)
  );
}
