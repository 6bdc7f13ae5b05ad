import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type ClusterRelease, type KubeObject, type TFOperator, tfVersions } from '@keelson/api';
import { valuesIn } from '@keelson/mosk';
import { load } from 'js-yaml';
import { imageOf } from './manifests.js';
import { anOpenSdn } from './opensdn.fixtures.js';
import { imagesOfRelease, type ReleaseImages } from './release-images.js';
import { renderOpenSdn } from './render.js';

const folder = new URL('../../../../deploy/releases/', import.meta.url);
const shipped = readdirSync(folder)
  .sort()
  .map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as KubeObject)
  .filter((object): object is ClusterRelease => object.kind === 'ClusterRelease')
  .filter(({ metadata }) => metadata.name.startsWith('mosk-'));

const brought: ReleaseImages = {
  images: { tags: { redis: 'r' }, opensdn: { '24.1': { tag: 'o', tags: { 'opensdn-tools-cli': 't' } } } },
};
const tagOf = (image: string, tag?: string, spec: Partial<TFOperator['spec']> = {}): string | undefined =>
  imageOf(anOpenSdn(spec, { images: brought }), { image, ...(tag === undefined ? {} : { tag }) })
    .split(':')
    .at(-1);

/** Every image of OpenSDN with all that can be asked for. */
function imagesWith(images: ReleaseImages | undefined, tfVersion: TFOperator['spec']['tfVersion']): readonly string[] {
  const features = { dbBackup: { enabled: true, schedule: '0 1 * * *', storageClass: 'dumps' } };
  const sdn = anOpenSdn({ tfVersion, features, devOptions: { tools: { enabled: true } } }, { images });
  const text = JSON.stringify(renderOpenSdn(sdn));
  return [...new Set([...text.matchAll(/"image":"([^"]+)"/g)].map(([, image = '']) => image))].sort();
}

describe('images of a Cluster release', () => {
  it('take the place of those that are known here; those that it does not name stay', () => {
    expect([tagOf('opensdn-vrouter-agent'), tagOf('opensdn-tools-cli')]).toEqual(['o', 't']);
    expect([tagOf('redis', '7'), tagOf('cassandra', '4')]).toEqual(['r', '4']);
    expect(tagOf('opensdn-vrouter-agent', undefined, { tfVersion: '21.4' })).toBe('21.4-20240910');
  });

  it('give way to what the operator asks for', () => {
    const devOptions = { tfImageTag: '24.1-mine', imageList: { redis: 'mine/redis:1' } };
    expect(tagOf('opensdn-tools-cli', undefined, { devOptions })).toBe('24.1-mine');
    expect(tagOf('redis', '7', { devOptions })).toBe('1');
  });

  it.each(shipped)('of $metadata.name are there for every version, and for no name that nothing has', (release) => {
    const images = valuesIn(release, imagesOfRelease);
    const { tags = {}, opensdn = {} } = images?.images ?? {};
    expect(Object.keys(opensdn)).toEqual([...tfVersions]);
    for (const version of tfVersions) {
      const own = new Set([...Object.values(tags), opensdn[version]?.tag]);
      expect(imagesWith(images, version).filter((image) => !own.has(image.split(':')[1]))).toEqual([]);
    }
    const names = new Set(imagesWith(images, '24.1').map((image) => image.replace(/^.*\/|:.*$/g, '')));
    expect(Object.keys(tags).filter((name) => !names.has(name))).toEqual([]);
  });

  it('differ from one release to the next, and the first has what is known here', () => {
    const all = shipped.map((release) => imagesWith(valuesIn(release, imagesOfRelease), '24.1'));
    expect(all[0]).toEqual(imagesWith(undefined, '24.1'));
    expect(new Set(all.map((images) => JSON.stringify(images))).size).toBe(shipped.length);
  });
});
