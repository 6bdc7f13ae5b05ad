import type { Reference } from '@keelson/api';
import { carrierOf } from './carried.js';
import type { HelmBundleWorld } from './helmbundle.observe.js';
import type { Installed } from './installed.js';
import { type BundleRelease, hashOf, mistakeIn } from './releases.js';

/** How one release stands, and what is to be done about it. */
export type Standing =
  /** A service of Keelson does its work; nothing is installed. */
  | { readonly type: 'carried'; readonly by: string }
  | { readonly type: 'ready'; readonly installed: Installed }
  /** Installed as it is spelled; what it made is not ready yet. */
  | { readonly type: 'settling'; readonly installed: Installed; readonly on: Reference; readonly message: string }
  | { readonly type: 'due'; readonly hash: string; readonly attempt: number }
  /** Waits for releases that it requires. */
  | { readonly type: 'held'; readonly by: string; readonly message: string }
  /** Failed, and is tried again. */
  | {
      readonly type: 'failed';
      readonly attempt: number;
      readonly at: number;
      readonly retryAt: number;
      readonly reason: string;
      readonly message: string;
    }
  /** A person must help. */
  | {
      readonly type: 'blocked';
      readonly attempt?: number;
      readonly at?: number;
      readonly reason: string;
      readonly message: string;
    };

/** Every release of the bundle in the order of their requirements, with how it stands. */
export function standingsOf(world: HelmBundleWorld): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>();
  const byName = new Map(world.bundle.spec.releases.map((release) => [release.name, release]));
  const visit = (release: BundleRelease, path: readonly string[]): Standing => {
    const known = found.get(release.name);
    if (known !== undefined) return known;
    if (path.includes(release.name)) return circle([...path, release.name]);
    const required = (release.requires ?? []).flatMap((name) => {
      const other = byName.get(name);
      return other === undefined ? [] : [{ name, standing: visit(other, [...path, release.name]) }];
    });
    const standing = standingOf(world, release, required);
    if (!found.has(release.name)) found.set(release.name, standing);
    return standing;
  };
  for (const release of world.bundle.spec.releases) visit(release, []);
  return found;
}

interface Required {
  readonly name: string;
  readonly standing: Standing;
}

function standingOf(world: HelmBundleWorld, release: BundleRelease, required: readonly Required[]): Standing {
  const { name } = release;
  const service = world.isOwn ? carrierOf(name) : undefined;
  if (service !== undefined) return { type: 'carried', by: service };
  const mistake = mistakeIn(world.bundle, release);
  if (mistake !== undefined) return { type: 'blocked', ...mistake };
  const ring = required.find(({ standing }) => standing.type === 'blocked' && standing.reason === circular);
  if (ring?.standing.type === 'blocked') return ring.standing;
  const hash = hashOf(world.bundle, release);
  const installed = world.installed?.get(name);
  if (installed?.state === 'deployed' && installed.hash === hash) {
    const lack = world.lacks.get(name);
    if (lack === undefined) return { type: 'ready', installed };
    if (!lack.isGone) return { type: 'settling', installed, on: lack.on, message: lack.message };
  }
  if (world.cannotRender !== undefined) return { type: 'blocked', ...world.cannotRender };
  return heldBy(release, required) ?? tryOf(world, name, hash);
}

const circular = 'RequirementCircle';

function circle(path: readonly string[]): Standing {
  const message = `releases require each other in a circle (${path.join(' → ')}): take one out of requires`;
  return { type: 'blocked', reason: circular, message };
}

function heldBy({ name }: BundleRelease, required: readonly Required[]): Standing | undefined {
  const first = required.find(({ standing }) => standing.type !== 'ready' && standing.type !== 'carried');
  if (first === undefined) return undefined;
  return { type: 'held', by: first.name, message: `release ${name} waits for ${first.name}, which it requires` };
}

function tryOf({ tries, now }: HelmBundleWorld, name: string, hash: string): Standing {
  const last = tries.get(name);
  if (last === undefined || last.hash !== hash || now >= last.retryAt)
    return { type: 'due', hash, attempt: last?.hash === hash ? last.attempt + 1 : 1 };
  const { attempt, at, retryAt, reason, message } = last;
  return last.isBlocked
    ? { type: 'blocked', attempt, at, reason, message }
    : { type: 'failed', attempt, at, retryAt, reason, message };
}
