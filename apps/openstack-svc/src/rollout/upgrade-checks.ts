import type { KubeObject } from '@keelson/api';
import { identityOf, incompleteness, unreadiness } from '@keelson/mosk';
import type { UpgradeStep } from '../cloud/service.js';
import { attemptAnnotation } from '../names.js';
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
    left.set(service.name, { ...refused(world, service.name, { needed, items }), task: 'upgrade: upgrade-check' });
  }
  return left;
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

function wayOn(
  { object, deployment }: RolloutWorld,
  service: string,
  { metadata: { namespace = '', name } }: KubeObject,
): string {
  const before = object.status?.services?.[service]?.openstack_version ?? '';
  return (
    `It is the check of ${deployment?.spec.openstack_version ?? ''}, of which nothing has begun: its log says why ` +
    `(kubectl -n ${namespace} logs job/${name}). Mend what it names, or set spec.openstack_version back to ${before}.`
  );
}
