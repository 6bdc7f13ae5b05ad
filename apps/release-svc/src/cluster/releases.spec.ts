import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClusterRelease, ClusterReleaseKind, type KaaSRelease, type KubeObject } from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { load } from 'js-yaml';
import { targetsFrom } from './cluster.graph.js';

const folder = new URL('../../../../deploy/releases/', import.meta.url);
const objects = readdirSync(folder).map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as KubeObject);
const releases = objects.filter((object): object is ClusterRelease => object.kind === 'ClusterRelease');
const kaas = objects.filter((object): object is KaaSRelease => object.kind === 'KaaSRelease');
const active = kaas.filter(({ metadata }) => metadata.labels?.['kaas.mirantis.com/active'] === 'true');

/** The releases one comes through when always the first offered is taken. */
function chainFrom(name: string): readonly string[] {
  const next = targetsFrom(name, active[0], releases)[0]?.release.metadata.name;
  return next === undefined ? [name] : [name, ...chainFrom(next)];
}

describe('the releases that come with this version', () => {
  let world: HermeticCluster;
  beforeAll(async () => {
    world = await hermeticCluster();
  });
  afterAll(() => world.close());

  it('are accepted by their definitions, and never changed or deleted by edit', async () => {
    await world.apply(...objects);
    const edit = { spec: { version: '9.9.9' } };
    await expect(world.api.patch(ClusterReleaseKind, { name: 'mosk-21-1-0-26-1' }, edit)).rejects.toThrow(
      /a new version is a new object/,
    );
  });

  it('make chains of four for either role', () => {
    expect(active).toHaveLength(1);
    expect(chainFrom('mosk-21-1-0-26-1')).toEqual([
      'mosk-21-1-0-26-1',
      'mosk-21-2-0-26-2',
      'mosk-21-3-0-26-3',
      'mosk-21-4-0-26-4',
    ]);
    expect(chainFrom('mgmt-20-1-0')).toEqual(['mgmt-20-1-0', 'mgmt-20-2-0', 'mgmt-20-3-0', 'mgmt-20-4-0']);
  });

  it('name only releases that there are, and keep an OpenStack release from one to the next', () => {
    const names = new Set(releases.map(({ metadata }) => metadata.name));
    const missing = kaas.flatMap(({ spec }) => [
      ...(names.has(spec.clusterRelease) ? [] : [spec.clusterRelease]),
      ...(spec.supportedClusterReleases ?? []).filter(({ name }) => !names.has(name)).map(({ name }) => name),
    ]);
    expect(missing).toEqual([]);
    for (const source of releases)
      for (const { release } of targetsFrom(source.metadata.name, active[0], releases))
        expect(openstacks(release)).toEqual(expect.arrayContaining([...openstacks(source)]));
  });

  it('name one digest for a version of the agent, whichever of them brings it', () => {
    const agents = new Map<string, Set<string | undefined>>();
    for (const { spec } of releases)
      agents.set(
        spec.agent?.version ?? '',
        (agents.get(spec.agent?.version ?? '') ?? new Set()).add(spec.agent?.sha256),
      );
    expect([...agents].filter(([version, digests]) => version === '' || digests.size !== 1)).toEqual([]);
  });

  it('move host, runtime, Kubernetes and controllers from one to the next', () => {
    for (const source of releases)
      for (const { release } of targetsFrom(source.metadata.name, active[0], releases)) {
        const before = new Set((source.spec.description ?? '').trim().split('\n'));
        const same = (release.spec.description ?? '')
          .trim()
          .split('\n')
          .filter((line) => before.has(line));
        expect(same.filter((line) => !line.startsWith('Ceph'))).toEqual([]);
        expect(release.spec.agent?.version).not.toBe(source.spec.agent?.version);
      }
  });
});

function openstacks({ spec }: ClusterRelease): readonly string[] {
  return (spec.allowedOpenstackReleases ?? []).map(({ id }) => id);
}
