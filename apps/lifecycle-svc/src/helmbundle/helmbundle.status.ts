import type { HelmBundle } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import type { HelmBundleWorld } from './helmbundle.observe.js';
import { type Standing, standingsOf } from './helmbundle.standing.js';
import type { HelmBundleStep } from './helmbundle.steps.js';
import type { BundleRelease } from './releases.js';

type Status = NonNullable<HelmBundle['status']>;
type ReleaseStatus = NonNullable<Status['releaseStatuses']>[string];

/** How every release of a bundle stands. `status` has the words of Helm, and two of Keelson's: carried and blocked. */
export function helmBundleStatus(world: HelmBundleWorld, { outcome }: PlanResult<HelmBundleStep>): Status | undefined {
  // The next pass comes at once and sees what this one has changed: one write for both.
  if (outcome.type === 'progressing') return undefined;
  const { bundle } = world;
  return {
    observedGeneration: bundle.metadata.generation ?? 0,
    ...(bundle.spec.release === undefined ? {} : { release: bundle.spec.release }),
    releaseStatuses: world.installed === undefined ? unseen(world) : seen(world),
  };
}

function seen(world: HelmBundleWorld): Record<string, ReleaseStatus> {
  const standings = standingsOf(world);
  return Object.fromEntries(
    world.bundle.spec.releases.flatMap((release) => {
      const standing = standings.get(release.name);
      return standing === undefined ? [] : [[release.name, releaseStatus(world, release, standing)]];
    }),
  );
}

/** Nothing is ready that cannot be looked at. */
function unseen({ bundle, child }: HelmBundleWorld): Record<string, ReleaseStatus> {
  const why = child.contact.answers ? 'it is not read yet' : child.contact.why;
  return Object.fromEntries(
    bundle.spec.releases.map(({ name, namespace }) => [
      name,
      {
        status: 'unknown',
        ...bundle.status?.releaseStatuses?.[name],
        namespace,
        ready: false,
        message: `the API of the cluster does not answer: ${why}`,
      },
    ]),
  );
}

function releaseStatus(world: HelmBundleWorld, release: BundleRelease, standing: Standing): ReleaseStatus {
  const { namespace, chart, chartURL, version } = release;
  const asked = {
    namespace,
    ...(chartURL === undefined && chart === undefined ? {} : { chart: chartURL ?? chart }),
    ...(version === undefined ? {} : { version }),
  };
  switch (standing.type) {
    case 'carried':
      return {
        ...asked,
        success: true,
        status: 'carried',
        ready: true,
        message: `${standing.by} does this work from outside the cluster: no chart is installed`,
      };
    case 'ready':
      return { ...installedStatus(world, release.name), ready: true };
    case 'settling':
      return { ...installedStatus(world, release.name), ready: false, message: standing.message };
    default:
      return { ...asked, ...openStatus(world, release.name, standing) };
  }
}

/** Of a release that is not there as it is spelled; `chart` and `version` are those asked for. */
function openStatus(
  world: HelmBundleWorld,
  name: string,
  standing: Exclude<Standing, { type: 'carried' | 'ready' | 'settling' }>,
): ReleaseStatus {
  const installed = world.installed?.get(name);
  const before = installed === undefined ? {} : { revision: installed.revision };
  const pending =
    installed?.state === undefined || installed.state === 'pending-install' ? 'pending-install' : 'pending-upgrade';
  if (standing.type === 'due') return { ...before, success: false, status: pending, ready: false };
  if (standing.type === 'held')
    return { ...before, success: false, status: pending, ready: false, message: standing.message };
  const { attempt, at, message } = standing;
  return {
    ...before,
    success: false,
    status: standing.type,
    ready: false,
    message,
    ...(attempt === undefined ? {} : { attempt }),
    ...(at === undefined ? {} : { finishedAt: rfc3339(at) }),
  };
}

function installedStatus({ installed }: HelmBundleWorld, name: string): ReleaseStatus {
  const release = installed?.get(name);
  if (release === undefined) return {};
  const { namespace, chart, version, revision, hash, attempt, finishedAt } = release;
  return {
    success: true,
    status: 'deployed',
    revision,
    namespace,
    chart,
    hash,
    attempt,
    ...(version === undefined ? {} : { version }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}
