import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { KaaSRelease, KubeObject } from '@keelson/api';
import { leaseNamespace } from '@keelson/reconcile';
import { load } from 'js-yaml';
import { productVersion } from './product-version.js';
import { services } from './services.js';

const folder = new URL('../../../deploy/releases/', import.meta.url);
const releases = readdirSync(folder)
  .map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as KubeObject)
  .filter((object): object is KaaSRelease => object.kind === 'KaaSRelease');
const names = services.map(({ name }) => name);
const version = productVersion();

/** Where the newest release and what this tree builds are not the same, as sentences. */
function differences(all: readonly KaaSRelease[], built: readonly string[], of: string): readonly string[] {
  const newest = [...all].sort((a, b) => order(b.spec.version, a.spec.version))[0];
  const named = chartsOf(newest);
  const title = newest?.metadata.name ?? 'no release';
  return [
    ...built.filter((name) => !named.has(name)).map((name) => `${title} does not name ${name}, which this tree builds`),
    ...[...named].flatMap(([name, is]) => {
      if (!built.includes(name)) return [`${title} names ${name}, which this tree does not build`];
      return is === of ? [] : [`${title} names ${name} ${is}, this tree builds ${of}: add the next release`];
    }),
  ];
}

function chartsOf(release: KaaSRelease | undefined): ReadonlyMap<string, string> {
  const charts = release?.spec.management?.helmReleases ?? [];
  return new Map(
    charts.flatMap(({ name, namespace, version: is }) =>
      namespace === leaseNamespace ? [[name, is ?? 'of no version'] as const] : [],
    ),
  );
}

const order = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

describe('the newest management release', () => {
  it('names the services that this tree builds, by the version of package.json', () => {
    expect(differences(releases, names, version)).toEqual([]);
  });

  it('is found wanting when the tree moves on without it: another version, a new service, one that is gone', () => {
    expect(differences(releases, ['release-svc'], '9.9.9')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/names release-svc .*, this tree builds 9\.9\.9: add the next release$/),
        expect.stringMatching(/names sdn-svc, which this tree does not build$/),
      ]),
    );
    expect(differences(releases, [...names, 'new-svc'], version)).toEqual([
      expect.stringMatching(/does not name new-svc, which this tree builds$/),
    ]);
    expect(differences([], ['release-svc'], version)).toHaveLength(1);
  });

  it.each(names)('has one version with %s, whose own package.json says no other', (name) => {
    const file = new URL(`../../../apps/${name}/package.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version });
  });

  it('is the one in use of a new installation', () => {
    const active = releases.filter(({ metadata }) => metadata.labels?.['kaas.mirantis.com/active'] === 'true');
    const newest = [...releases].sort((a, b) => order(b.spec.version, a.spec.version))[0];
    expect(active).toEqual([newest]);
  });
});
