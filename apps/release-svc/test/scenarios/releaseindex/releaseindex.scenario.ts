import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterReleaseKind,
  EventKind,
  KaaSReleaseKind,
  type KubeObject,
  MCCUpgradeKind,
  type Progress,
} from '@keelson/api';
import type { Http, HttpResponse } from '@keelson/std';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { aKaaSRelease, aManagementCluster } from '../roll/roll.fixtures.js';

const publisher = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const url = 'https://releases.example.org/index';
const proxy = 'http://cache.example.org:3128';
/** Within it the index is looked at, whenever it was looked at last: every 900 seconds, give or take a tenth. */
const quarter = 995;

function aRelease(version: string): string {
  const name = version.replaceAll('.', '-');
  return [
    `apiVersion: kaas.mirantis.com/v1alpha1\nkind: KaaSRelease\nmetadata: {name: kaas-${name}, labels: {kaas.mirantis.com/active: "true"}}`,
    `spec: {version: ${version}, clusterRelease: mgmt-${name}}\n---`,
    `apiVersion: kaas.mirantis.com/v1alpha1\nkind: ClusterRelease\nmetadata: {name: mgmt-${name}}\nspec: {version: ${version}}\n`,
  ].join('\n');
}

describe('the index of releases', () => {
  let world: HermeticCluster;
  /** What the simulated publisher serves, by path. */
  let served: Map<string, string>;

  const publish = (key = publisher.privateKey, ...versions: readonly string[]): void => {
    for (const version of versions) served.set(`/${version}.yaml`, aRelease(version));
    const kaasReleases = versions.map((version) => ({
      version,
      path: `${version}.yaml`,
      sha256: createHash('sha256').update(aRelease(version)).digest('hex'),
    }));
    const index = JSON.stringify({ kind: 'Index', kaasReleases });
    served.set('/index', index);
    served.set('/index.sig', sign(null, Buffer.from(index), key).toString('base64'));
  };
  const answer = async (path: string): Promise<HttpResponse> => {
    const body = served.get(path);
    return { status: body === undefined ? 404 : 200, headers: {}, body: Buffer.from(body ?? '') };
  };
  const names = async (): Promise<readonly string[]> =>
    [...(await world.api.list(KaaSReleaseKind)).items, ...(await world.api.list(ClusterReleaseKind)).items]
      .map(({ metadata }) => metadata.name)
      .sort();
  const events = async (): Promise<readonly string[]> =>
    (await world.api.list(EventKind)).items.map(({ reason = '', message = '' }) => `${reason}: ${message}`);

  const progress = async (): Promise<Progress | undefined> =>
    (await world.get(MCCUpgradeKind, { name: 'mcc-upgrade' })).status?.progress;

  /** A management cluster that has the newest release there is. */
  const manage = (): Promise<void> =>
    world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      aKaaSRelease('2.30.0', 'mgmt-1', {}),
      aManagementCluster({ namespace: 'default', name: 'kaas-mgmt' }, 'kaas-2-30-0', 'mgmt-1'),
    );

  beforeEach(async () => {
    served = new Map();
    world = await hermeticCluster();
    const publisherKey = publisher.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    // Whoever goes past the proxy meets no publisher.
    const http: Http = ({ url: at, proxy: through }) => answer(through === proxy ? new URL(at).pathname : 'nowhere');
    await world.run(
      'release-svc',
      releaseReconcilers({ ...world, http, config: { index: { url, publisherKey, proxy } } }),
    );
    await world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'MCCUpgrade',
      metadata: { name: 'mcc-upgrade' },
      spec: {},
    } as KubeObject);
  });
  afterEach(() => world.close());

  it('brings what is new, without a say in which release is in use, and never edits what is there', async () => {
    publish(publisher.privateKey, '2.31.0');
    await world.advance(quarter);
    expect(await names()).toEqual(['kaas-2-31-0', 'mgmt-2-31-0']);
    publish(publisher.privateKey, '2.31.0', '2.32.0');
    await world.advance(quarter);
    expect(await names()).toEqual(['kaas-2-31-0', 'kaas-2-32-0', 'mgmt-2-31-0', 'mgmt-2-32-0']);
    const [first] = (await world.api.list(KaaSReleaseKind)).items;
    expect(first?.metadata).toMatchObject({ generation: 1 });
    expect(first?.metadata.labels).toBeUndefined();
  });

  it('marks what is pulled back, keeps it, and takes the mark off when it is announced again', async () => {
    const marked = async (): Promise<readonly string[]> =>
      (await world.api.list(KaaSReleaseKind)).items
        .filter(({ metadata }) => metadata.annotations?.['keelson.dev/pulled-back'] !== undefined)
        .map(({ metadata }) => metadata.name);
    await world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'KaaSRelease',
      metadata: { name: 'of-the-operator' },
      spec: { version: '2.30.0', clusterRelease: 'own' },
    } as KubeObject);
    publish(publisher.privateKey, '2.31.0', '2.32.0');
    await world.advance(quarter);
    publish(publisher.privateKey, '2.31.0');
    await world.advance(quarter);
    expect([await marked(), await names()]).toEqual([
      ['kaas-2-32-0'],
      ['kaas-2-31-0', 'kaas-2-32-0', 'mgmt-2-31-0', 'mgmt-2-32-0', 'of-the-operator'],
    ]);
    expect((await events()).join()).toMatch(/ReleasePulledBack: .*kaas-2-32-0/);
    publish(publisher.privateKey, '2.31.0', '2.32.0');
    await world.advance(2 * quarter);
    expect(await marked()).toEqual([]);
  });

  it('signed by somebody else brings nothing, and says so', async () => {
    publish(stranger.privateKey, '2.31.0');
    await world.advance(quarter);
    expect(await names()).toEqual([]);
    expect((await events()).join()).toMatch(/BadSignature: .*not signed by its publisher/);
    publish(publisher.privateKey, '2.31.0');
    await world.advance(quarter);
    expect(await names()).toEqual(['kaas-2-31-0', 'mgmt-2-31-0']);
  });

  it('does not take a file that is another than it announced', async () => {
    publish(publisher.privateKey, '2.31.0');
    served.set('/2.31.0.yaml', aRelease('2.31.0').replace('mgmt-2-31-0', 'mgmt-evil'));
    await world.advance(quarter);
    expect(await names()).toEqual([]);
    expect((await events()).join()).toMatch(/BadRelease: .*checksum/);
  });

  it('is looked for again when it is away, and the MCCUpgrade says so until it is back', async () => {
    await manage();
    await world.advance(5);
    const told = await progress();
    expect(told).toMatchObject({
      since: expect.any(String),
      reason: 'IndexUnreachable',
      waitingOn: { kind: 'ReleaseIndex', name: url },
      message: expect.stringMatching(/answered with 404.*Cure: look at.*proxy.*every 15 minutes/),
    });
    await world.advance(quarter);
    expect([await names(), await progress()]).toEqual([['kaas-2-30-0'], told]);
    publish(stranger.privateKey, '2.31.0');
    await world.advance(quarter);
    expect(await progress()).toMatchObject({
      reason: 'BadSignature',
      message: expect.stringMatching(/not signed by its publisher.*Cure: ask its publisher/),
    });
    publish(publisher.privateKey, '2.31.0');
    await world.advance(quarter + 900);
    expect(await names()).toEqual(['kaas-2-30-0', 'kaas-2-31-0', 'mgmt-2-31-0']);
    expect((await progress())?.waitingOn?.kind).not.toBe('ReleaseIndex');
  });

  it('is told after what else holds the update, which is led to, and no longer once it is back', async () => {
    await manage();
    await world.apply(aKaaSRelease('2.31.0', 'mgmt-1', {}));
    await world.advance(quarter);
    const held = { state: 'Held', reason: 'ClusterNotReady', waitingOn: { kind: 'Cluster', name: 'kaas-mgmt' } };
    const told = await progress();
    expect(told).toMatchObject({
      ...held,
      message: expect.stringMatching(
        /^the management cluster is not ready; besides, new releases are not heard of: .*404/,
      ),
    });
    publish(stranger.privateKey, '2.31.0');
    await world.advance(quarter);
    expect(await progress()).toMatchObject({
      ...held,
      since: told?.since,
      message: expect.stringMatching(/^the management cluster is not ready; besides, .*not signed by its publisher/),
    });
    publish(publisher.privateKey, '2.31.0');
    await world.advance(quarter + 900);
    expect(await progress()).toMatchObject({ ...held, message: 'the management cluster is not ready' });
  });
});
