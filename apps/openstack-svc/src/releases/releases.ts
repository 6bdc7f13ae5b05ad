import { openstackVersions } from '@keelson/api';
import { terminal } from '@keelson/std';
import { caracal } from './caracal.js';
import { epoxy } from './epoxy.js';
import { gazpacho } from './gazpacho.js';
import type { OpenStackRelease } from './release.js';

/** Releases that can be rendered. */
export const releases: readonly OpenStackRelease[] = [caracal, epoxy, gazpacho];

/** Every name that `openstack_version` knows, oldest first; `master` stands outside the order. */
const releaseNames: readonly string[] = openstackVersions.filter((name) => name !== 'master');

/** Releases with long support: an upgrade may skip from one of them to the next. */
export const longSupportReleases: readonly string[] = ['yoga', 'antelope', 'caracal', 'epoxy', 'gazpacho'];

/** @throws Failure terminal naming the releases that can be rendered */
export function releaseOf(name: string): OpenStackRelease {
  const release = releases.find((known) => known.name === name);
  if (release !== undefined) return release;
  const known = releases.map(({ name: each }) => each).join(', ');
  throw terminal(`Rendering OpenStack: spec.openstack_version: "${name}" cannot be deployed; choose one of ${known}`, {
    reason: 'UnknownRelease',
  });
}

/** True when `name` is `than` or came after it; false for names outside the order. */
export function isAtLeast(name: string, than: string): boolean {
  const index = releaseNames.indexOf(name);
  return index >= 0 && index >= releaseNames.indexOf(than);
}

/** Why a cloud of release `from` cannot become one of release `to`; undefined when it can, or when they are the same. */
export function upgradeRefusal(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  const [fromIndex, toIndex] = [releaseNames.indexOf(from), releaseNames.indexOf(to)];
  if (fromIndex < 0 || toIndex < 0) return `the upgrade path from ${from} to ${to} is not known`;
  if (toIndex < fromIndex) return `OpenStack cannot be downgraded from ${from} to ${to}`;
  if (toIndex === fromIndex + 1) return undefined;
  const support = longSupportReleases.indexOf(from);
  if (support >= 0 && longSupportReleases[support + 1] === to) return undefined;
  return `OpenStack ${from} can be upgraded only to ${nextOf(from).join(' or ')}, not to ${to}`;
}

/** Releases to which a cloud of release `from` can be upgraded. */
export function nextOf(from: string): readonly string[] {
  const next = releaseNames.indexOf(from) < 0 ? undefined : releaseNames[releaseNames.indexOf(from) + 1];
  const support = longSupportReleases.indexOf(from);
  const skip = support < 0 ? undefined : longSupportReleases[support + 1];
  return [...new Set([next, skip])].filter((name) => name !== undefined);
}
