import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ClusterRelease, KubeObject } from '@keelson/api';
import { valuesIn } from '@keelson/mosk';
import { load } from 'js-yaml';
import { imagesOfRelease, withImages } from './release-images.js';
import { releaseOf, releases } from './releases.js';

const folder = new URL('../../../../deploy/releases/', import.meta.url);
const shipped = readdirSync(folder)
  .sort()
  .map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as KubeObject)
  .filter((object): object is ClusterRelease => object.kind === 'ClusterRelease')
  .filter(({ metadata }) => metadata.name.startsWith('mosk-'));
const imagesOf = (release: ClusterRelease) => valuesIn(release, imagesOfRelease);
const allowedBy = ({ spec }: ClusterRelease): readonly string[] =>
  (spec.allowedOpenstackReleases ?? []).map(({ id }) => id);

describe('images of a Cluster release', () => {
  it('take the place of those that are known here; those that it does not name stay', () => {
    const epoxy = releaseOf('epoxy');
    const images = { images: { tags: { mariadb: 'm' }, openstack: { epoxy: { tag: 'e', tags: { ovn: 'o' } } } } };
    const changed = withImages(epoxy, images);
    expect(changed).toMatchObject({ defaultTag: 'e', imageTags: { mariadb: 'm', ovn: 'o' }, facts: epoxy.facts });
    expect(changed.imageTags['memcached']).toBe(epoxy.imageTags['memcached']);
    expect(withImages(releaseOf('caracal'), images).defaultTag).toBe(releaseOf('caracal').defaultTag);
    expect(withImages(epoxy, undefined)).toBe(epoxy);
  });

  it.each(shipped)(
    'of $metadata.name are there for each OpenStack that it allows, and for no name that nothing has',
    (release) => {
      const { tags = {}, openstack = {} } = imagesOf(release)?.images ?? {};
      expect(Object.keys(openstack).sort()).toEqual([...allowedBy(release)].sort());
      const known = new Set(releases.flatMap(({ imageTags }) => Object.keys(imageTags)));
      const named = [tags, ...Object.values(openstack).map((one) => one.tags ?? {})].flatMap((one) => Object.keys(one));
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('differ from one release to the next for every OpenStack that both know', () => {
    for (const [i, release] of shipped.entries()) {
      const before = shipped[i - 1];
      if (before === undefined) continue;
      for (const name of allowedBy(release).filter((each) => allowedBy(before).includes(each))) {
        const [old, now] = [before, release].map((one) => withImages(releaseOf(name), imagesOf(one)).defaultTag);
        expect(now).not.toBe(old);
      }
    }
  });
});
