import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterReleaseKind, DeploymentKind, NamespaceKind, ServiceAccountKind } from '@keelson/api';
import { memoryLog, openEngine } from '@keelson/kube-server';
import { seededRandom, silentLog, systemClock } from '@keelson/std';
import { engineKubeApi } from '@keelson/testing';
import { ensureDeployments, serviceNamespace, wantedVersion } from './deployments.js';
import { ensureManifests } from './manifests.js';

const repository = join(import.meta.dirname, '..', '..', '..', '..', '..');

describe('manifests of an installation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-manifests-'));
    mkdirSync(join(folder, 'rbac'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, ...objects: object[]): void =>
    writeFileSync(join(folder, 'rbac', name), objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''));
  const world = { clock: systemClock, random: seededRandom(1), logger: silentLog };
  const account = (annotations: Record<string, string> = {}): object => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'a-svc', namespace: 'keelson-system', annotations },
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'keelson-system' } };

  it('are applied once, and again only where they changed', async () => {
    const api = engineKubeApi(await openEngine({ log: memoryLog(), profile: 'management', ...world }));
    write('a-svc.yaml', account(), namespace);
    const first = await ensureManifests(api, folder, systemClock);
    const second = await ensureManifests(api, folder, systemClock);
    write('a-svc.yaml', account({ note: 'changed' }), namespace);
    const third = await ensureManifests(api, folder, systemClock);
    expect({
      first,
      second,
      third,
      there: [
        (await api.list(NamespaceKind)).items.length > 0,
        (await api.list(ServiceAccountKind, { namespace: 'keelson-system' })).items.some(
          ({ metadata }) => metadata.name === 'a-svc',
        ),
      ],
    }).toEqual({
      first: ['Namespace keelson-system', 'ServiceAccount keelson-system/a-svc'],
      second: [],
      third: ['ServiceAccount keelson-system/a-svc'],
      there: [true, true],
    });
  });

  it('of Deployments keep the version that was rolled to until the checkout is of another, and are of one way to run', async () => {
    const api = engineKubeApi(await openEngine({ log: memoryLog(), profile: 'management', ...world }));
    await api.create({ ...namespace, metadata: { name: serviceNamespace } });
    const each = ['a-svc', 'b-svc'].map((name) => ({ deployment: name, services: [name] }));
    const together = [{ deployment: 'keelson', services: ['a-svc', 'b-svc'] }];
    const seen = async (): Promise<string[]> =>
      (await api.list(DeploymentKind)).items.map((item) => `${item.metadata.name} ${wantedVersion(item) ?? ''}`);
    await ensureDeployments(api, each, '1.0.0');
    const containers = [{ name: 'a-svc', image: 'keelson/a-svc:1.2.0' }];
    await api.patch(
      DeploymentKind,
      { namespace: serviceNamespace, name: 'a-svc' },
      { spec: { template: { spec: { containers } } } },
    );
    const told = [];
    for (const [workloads, version] of [
      [each, '1.0.0'],
      [each, '1.1.0'],
      [together, '1.1.0'],
    ] as const) {
      await ensureDeployments(api, workloads, version);
      told.push(await seen());
    }
    expect(told).toEqual([['a-svc 1.2.0', 'b-svc 1.0.0'], ['a-svc 1.1.0', 'b-svc 1.1.0'], ['keelson 1.1.0']]);
  });

  it('of this repository are accepted, definitions before what they define', async () => {
    const api = engineKubeApi(await openEngine({ log: memoryLog(), profile: 'management', ...world }));
    await ensureManifests(api, join(repository, 'deploy'), systemClock);
    expect((await api.list(ClusterReleaseKind)).items.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(['mosk-21-1-0-26-1']),
    );
    expect(await ensureManifests(api, join(repository, 'deploy'), systemClock)).toEqual([]);
  });
});
