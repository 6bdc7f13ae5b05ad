import type { OsdplstStatus, ServiceStatus } from '@keelson/api';
import { isRotating } from '../credentials/rotation.js';
import type { Assessment } from './assessment.js';
import { isOfAmphorae } from './amphorae.js';
import type { RolloutWorld, WorldService } from './rollout.world.js';
import { versionOf } from './upgrade.js';

/** Why something was last applied, and what of it changed. */
export interface Reasons {
  readonly cause?: string;
  readonly changes?: string;
}

/** A status names so many at most. */
const mostNamed = 5;

/** Of the cloud: what was told stays until its spec or its Cluster release is another. */
export function cloudReasons(world: RolloutWorld): Reasons {
  const before = world.object.status?.osdpl;
  if (before === undefined) return { cause: 'the OpenStackDeployment was made' };
  if (before.fingerprint === world.fingerprint)
    return isOfOther(before.release, world.release) ? { cause: releaseCause(world) } : told(before);
  const upgrade = upgradeCause(before.openstack_version, world);
  return { cause: upgrade ?? 'the OpenStackDeployment was changed', ...changesIn(world.specChanges ?? []) };
}

/** Of a service: what was told stays until it is applied anew. Its changes are the objects that are not as they are to be. */
export function serviceReasons(world: RolloutWorld, service: Assessment): Reasons {
  const before = world.object.status?.services?.[service.name];
  if (!isApplyNew(before, service)) return told(before);
  const cause = serviceCause(world, service, before);
  if (before?.openstack_version === undefined) return { cause };
  const rendered = world.services.find(({ name }) => name === service.name);
  return { cause, ...changesIn(rendered === undefined ? [] : staleIn(rendered)) };
}

function isApplyNew(before: ServiceStatus | undefined, { state, fingerprint }: Assessment): boolean {
  if (state === 'WAITING') return false;
  return before?.fingerprint !== fingerprint || (state !== 'APPLIED' && before.state !== state);
}

function serviceCause(world: RolloutWorld, service: Assessment, before: ServiceStatus | undefined): string {
  const { osdpl } = world.object.status ?? {};
  if (service.state === 'DELETING') return 'the service is no longer wanted';
  if (before?.openstack_version === undefined) return 'the service is new';
  const upgrade = upgradeCause(versionOf(world, service.name), world);
  if (upgrade !== undefined) return upgrade;
  if (isOfOther(before.release, world.release)) return releaseCause(world);
  if (isRotating(world.rotation)) return 'credentials are rotated';
  if (isOfAmphorae(world, service)) return 'authorities of amphorae are rotated';
  if (before.fingerprint === service.fingerprint) return 'its objects were changed by others';
  if (osdpl?.fingerprint !== world.fingerprint) return 'the OpenStackDeployment was changed';
  return 'Secrets, nodes, storage or options that it is made from were changed';
}

function upgradeCause(from: string | undefined, { deployment }: RolloutWorld): string | undefined {
  const to = deployment?.spec.openstack_version;
  return from === undefined || from === to ? undefined : `upgrade from ${from} to ${to ?? ''}`;
}

function isOfOther(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function releaseCause({ release = '' }: RolloutWorld): string {
  return `the cluster goes to the release ${release}`;
}

function staleIn({ stages }: WorldService): readonly string[] {
  const stale = stages.flatMap(({ items }) => items.filter(({ isCurrent }) => !isCurrent));
  return [...new Set(stale.map(({ wanted }) => `${wanted.kind} ${wanted.metadata.name}`))];
}

function changesIn(names: readonly string[]): Pick<Reasons, 'changes'> {
  if (names.length === 0) return {};
  const shown = names.slice(0, mostNamed).join(', ');
  return { changes: names.length > mostNamed ? `${shown} and ${names.length - mostNamed} more` : shown };
}

function told(before: ServiceStatus | OsdplstStatus['osdpl']): Reasons {
  const { cause, changes } = before ?? {};
  return { ...(cause === undefined ? {} : { cause }), ...(changes === undefined ? {} : { changes }) };
}
