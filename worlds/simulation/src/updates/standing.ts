import { readFileSync, readdirSync } from 'node:fs';
import type { KubeObject } from '@keelson/api';
import { terminal } from '@keelson/std';
import { loadAll } from 'js-yaml';
import { unfinished } from '../convergence.js';
import { cluster, project } from '../manifests.js';
import { Platform } from '../platform.js';
import type { HostPace } from './hosts.js';
import type { SavedWorld } from './saved-world.js';
import { UpdateWorld } from './update-world.js';

/** The cluster of these worlds. */
export const standingCluster = { namespace: project, name: cluster };

const releases = new URL('../../../../deploy/releases/', import.meta.url);
const limitSeconds = 7_200;
const stepSeconds = 10;
const quick: HostPace = { item: () => 5, reboot: () => 60 };
const workers = 3;
let made: Promise<SavedWorld> | undefined;

/**
 * A cluster of three control-plane machines and three workers that was built from bare metal by the services, and is offered
 * its first update. Built once in a process, and then the beginning of any number of worlds.
 */
export function standingWorld(): Promise<SavedWorld> {
  return (made ??= build());
}

async function build(): Promise<SavedWorld> {
  const world = await UpdateWorld.open({
    seed: 'standing',
    saved: await provisioned(3 + workers),
    cluster: standingCluster,
    pace: quick,
    stepSeconds: () => stepSeconds,
    hasCeph: true,
  });
  try {
    for (const release of releaseObjects()) await world.api.apply(release, { fieldManager: 'kubectl', force: true });
    await world.settle(limitSeconds);
    return world.saved();
  } finally {
    await world.close();
  }
}

/** Releases as they come with this version. */
function releaseObjects(): readonly KubeObject[] {
  return readdirSync(releases)
    .sort()
    .flatMap((file) => loadAll(readFileSync(new URL(file, releases), 'utf8')) as KubeObject[]);
}

async function provisioned(servers: number): Promise<SavedWorld> {
  const platform = await Platform.open('standing', servers);
  try {
    await platform.watch(
      () => undefined,
      () => undefined,
    );
    await platform.applyManifests();
    const limit = platform.clock.now() + limitSeconds * 1000;
    for (;;) {
      await platform.clock.advance(10_000);
      const left = unfinished(platform.mirror, platform.lab, servers);
      if (left.length === 0) return platform.saved();
      if (platform.clock.now() > limit) throw terminal(`no cluster came to stand: ${left.join('; ')}`);
    }
  } finally {
    await platform.close();
  }
}
