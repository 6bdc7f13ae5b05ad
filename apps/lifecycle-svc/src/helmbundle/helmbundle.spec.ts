import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigMapKind, DeploymentKind, HelmBundleKind, type KubeObject } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { transient } from '@keelson/std';
import type { HermeticOptions } from '@keelson/testing';
import { eachCallFailing } from '@keelson/testing';
import { noCharts } from './charts.js';
import { type HelmWorld, aBundle, aChart, aHelmWorld, bundleKey } from './helmbundle.fixtures.js';

let helm: HelmWorld | undefined;
afterEach(async () => {
  await helm?.world.close();
  helm = undefined;
});

const web = { namespace: 'web', name: 'web' };
const config = (name: string) => ({ namespace: 'web', name });

/** As a kubelet and the controllers of workloads would. */
async function runs({ world }: HelmWorld, key = web): Promise<void> {
  await world.until(`${key.name} is applied`, async () => (await world.find(DeploymentKind, key)) !== undefined, 1800);
  const { metadata } = await world.get(DeploymentKind, key);
  const status = { observedGeneration: metadata.generation, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  await world.report(DeploymentKind, key, status);
}

describe('a bundle of charts', () => {
  it('is installed in the order of requirements, ready when its workloads run, and told with revision and hash', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web')).set('after', aChart('after'));
    await helm.world.apply(aBundle({ name: 'after', requires: ['web'], values: { a: 1 } }, { version: '1.2.3' }));
    await helm.world.until('web is applied', async () => (await helm?.statusOf('web'))?.['status'] === 'deployed', 600);
    expect([await helm.statusOf('web'), await helm.statusOf('after')]).toMatchObject([
      { success: true, ready: false, message: expect.stringContaining('Deployment web/web') },
      { status: 'pending-install', message: 'release after waits for web, which it requires' },
    ]);
    await runs(helm);
    await runs(helm, { namespace: 'web', name: 'after' });
    await helm.untilState('Deployed');
    expect(helm.charts.asked).toMatchObject([
      { release: 'web', chart: 'web', repository: 'https://charts.test', version: '1.2.3', namespace: 'web' },
      { release: 'after', values: { a: 1 } },
    ]);
    expect(await helm.statusOf('web')).toEqual({
      success: true,
      status: 'deployed',
      ready: true,
      revision: 1,
      namespace: 'web',
      chart: 'charts/web',
      version: '1.2.3',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      attempt: 1,
      finishedAt: expect.any(String),
    });
    expect((await helm.world.get(DeploymentKind, web)).metadata).toMatchObject({
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'web' },
    });
  });

  it('is applied anew when its values change, and what is no longer of the chart is deleted', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web', 'old', 'both'));
    await helm.world.apply(aBundle({}));
    await runs(helm);
    await helm.untilState('Deployed');
    helm.charts.texts.set('web', aChart('web', 'both', 'new'));
    await helm.world.apply(aBundle({ values: { size: 'large' } }));
    await helm.world.until('revision 2', async () => (await helm?.statusOf('web'))?.['revision'] === 2, 600);
    const found = await Promise.all(
      ['old', 'both', 'new'].map(async (name) => helm?.world.find(ConfigMapKind, config(name))),
    );
    expect(found.map((one) => one !== undefined)).toEqual([false, true, true]);
  });

  it('takes away what it no longer names, and all when it is deleted', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web')).set('other', aChart('other'));
    await helm.world.apply(aBundle({}, { name: 'other' }));
    await runs(helm);
    await runs(helm, { namespace: 'web', name: 'other' });
    await helm.untilState('Deployed');
    await helm.world.apply(aBundle({}));
    const isGone = async (name: string) => (await helm?.world.find(DeploymentKind, config(name))) === undefined;
    await helm.world.until('other is gone', () => isGone('other'), 600);
    await helm.world.api.delete(HelmBundleKind, bundleKey);
    await helm.world.until(
      'the bundle is gone',
      async () => (await helm?.world.find(HelmBundleKind, bundleKey)) === undefined,
    );
    expect([await isGone('web'), await helm.world.find(ConfigMapKind, config('keelson.release.web'))]).toEqual([
      true,
      undefined,
    ]);
  });

  it('heals what somebody has deleted', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web'));
    await helm.world.apply(aBundle({}));
    await runs(helm);
    await helm.untilState('Deployed');
    await helm.world.api.delete(DeploymentKind, web);
    await runs(helm);
    await helm.untilState('Deployed');
    expect(await helm.statusOf('web')).toMatchObject({ revision: 2, ready: true });
  });

  it('that fails holds up only what requires it; a repository that comes back is tried again', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web')).set('away', aChart('away'));
    helm.charts.failures.set('away', 'transient');
    await helm.world.apply(aBundle({ name: 'away' }, { name: 'after', requires: ['away'] }, {}));
    await runs(helm);
    await helm.world.until('web is ready', async () => (await helm?.statusOf('web'))?.['ready'] === true, 600);
    expect([await helm.statusOf('away'), (await helm.bundle()).status?.progress]).toMatchObject([
      { status: 'failed', success: false, message: 'the repository is away', attempt: expect.any(Number) },
      { state: 'Installing', reason: 'ChartUnreachable', waitingOn: { kind: 'Chart', name: 'away' } },
    ]);
    helm.charts.failures.clear();
    await runs(helm, config('away'));
  });

  it.each([
    ['ChartRefused', {}, 'a value is missing'],
    ['RequirementUnknown', { requires: ['nothing'] }, 'release web requires nothing'],
    ['RequirementCircle', { requires: ['web'] }, 'web → web'],
    ['RepositoryUnknown', { chart: 'elsewhere/web' }, 'no repository elsewhere'],
    ['ChartNameInvalid', { chart: 'charts//etc' }, 'no name of a chart'],
    ['ChartURLInvalid', { chartURL: '/etc/chart' }, 'which is no URL'],
  ])('blocked by %s says what helps', async (reason, release, message) => {
    helm = await aHelmWorld();
    helm.charts.failures.set('web', 'terminal');
    await helm.world.apply(aBundle(release));
    await helm.untilState('Blocked');
    expect([(await helm.bundle()).status?.progress, await helm.statusOf('web')]).toMatchObject([
      { reason },
      { status: 'blocked', ready: false, message: expect.stringContaining(message) },
    ]);
  });

  it('does not take over what is of others', async () => {
    helm = await aHelmWorld();
    helm.charts.texts.set('web', aChart('web', 'theirs'));
    const theirs: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'web' } };
    await helm.world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }, theirs, aBundle({}));
    await helm.untilState('Blocked');
    expect(await helm.statusOf('web')).toMatchObject({
      message: expect.stringContaining('ConfigMap web/theirs, which is there already and belongs to nobody'),
    });
    expect(await helm.world.find(DeploymentKind, web)).toBeUndefined();
  });

  it('needs Helm for charts, and none for what services of Keelson do', async () => {
    helm = await aHelmWorld({ charts: noCharts });
    await helm.world.apply(aBundle({ name: 'openstack-operator' }));
    await helm.untilState('Deployed');
    expect(await helm.statusOf('openstack-operator')).toMatchObject({ status: 'carried', ready: true });
    await helm.world.apply(aBundle({ name: 'openstack-operator' }, {}));
    await helm.untilState('Blocked');
    expect(await helm.statusOf('web')).toMatchObject({
      status: 'blocked',
      message: expect.stringContaining('set KEELSON_HELM_BINARY'),
    });
  });

  it('survives that every call to the cluster’s API fails once, before or after it was heard', async () => {
    for (const isHeard of [false, true]) {
      helm = await aHelmWorld({ around: (api) => failingOnce(api, isHeard) });
      helm.charts.texts.set('web', aChart('web', 'old'));
      await helm.world.apply(aBundle({}));
      await runs(helm);
      await helm.untilState('Deployed');
      helm.charts.texts.set('web', aChart('web', 'new'));
      await helm.world.apply(aBundle({ version: '2' }));
      await helm.world.until('2 is there', async () => (await helm?.statusOf('web'))?.['version'] === '2', 3600);
      await helm.untilState('Deployed');
      expect([
        await helm.world.find(ConfigMapKind, config('old')),
        (await helm.world.find(ConfigMapKind, config('new'))) !== undefined,
      ]).toEqual([undefined, true]);
      await helm.world.close();
    }
    helm = undefined;
  });

  it('survives that any one call to the management API fails', async () => {
    expect(await eachCallFailing(play, ['lostRequest', 'lostAnswer'])).toBeGreaterThan(5);
  });
});

async function play(options: HermeticOptions) {
  const each = await aHelmWorld(options);
  try {
    each.charts.texts.set('web', aChart('web'));
    await each.world.apply(aBundle({}));
    await runs(each);
    await each.untilState('Deployed');
    return each.world;
  } finally {
    await each.world.close();
  }
}

/** Every call fails the first time it is made: lost on the way, or its answer lost on the way back. */
function failingOnce(api: KubeApi, isHeard: boolean): KubeApi {
  const seen = new Set<string>();
  const once = async <T>(id: string, call: () => Promise<T>): Promise<T> => {
    if (seen.has(id)) return call();
    seen.add(id);
    if (isHeard) await call();
    throw transient(`${id}: the connection broke`);
  };
  return {
    get: (kind, key) => once(`get ${kind.kind} ${key.name}`, () => api.get(kind, key)),
    list: (kind, options) => once(`list ${kind.kind}`, () => api.list(kind, options)),
    watch: (kind, options) => api.watch(kind, options),
    create: (object, options) => api.create(object, options),
    replace: (object, options) => api.replace(object, options),
    apply: (object, options) => once(`apply ${object.kind} ${object.metadata.name}`, () => api.apply(object, options)),
    patch: (kind, key, patch, options) => api.patch(kind, key, patch, options),
    delete: (kind, key, options) => once(`delete ${kind.kind} ${key.name}`, () => api.delete(kind, key, options)),
    createToken: (account, request) => api.createToken(account, request),
    evict: (pod) => api.evict(pod),
  };
}
