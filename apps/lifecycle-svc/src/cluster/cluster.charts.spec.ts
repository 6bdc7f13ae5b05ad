import { describe, expect, it } from '@jest/globals';
import type { ClusterRelease, ClusterUpdatePlan, HelmBundle } from '@keelson/api';
import { aCluster, anLcmCluster } from '../machine/machine.fixtures.js';
import { updateOrdersAnnotation } from '../update/update.orders.js';
import { wantedBundle } from './cluster.charts.js';
import { bundleSpec } from './cluster.helm.js';

const [sourceName, targetName] = ['mosk-1', 'mosk-2'];
const chart = (name: string, version: string, more: object = {}) => ({
  name,
  namespace: name,
  chart: `charts/${name}`,
  version,
  ...more,
});
const aRelease = (name: string, version: string, charts: readonly ReturnType<typeof chart>[], url = 'https://a.test') =>
  ({
    metadata: { name },
    spec: { version, helm: { repositories: [{ name: 'charts', url }], releases: charts } },
  }) as unknown as ClusterRelease;
const source = aRelease(sourceName, '1.0.0', [
  chart('metallb', '1'),
  chart('stacklight', '1'),
  chart('old-agent', '1'),
  chart('pelagia-ceph', '1', { requires: ['metallb'] }),
  chart('openstack-operator', '1'),
]);
const newCharts = [
  chart('metallb', '2'),
  chart('stacklight', '2'),
  chart('snapshots', '2'),
  chart('pelagia-ceph', '2', { requires: ['metallb', 'snapshots'] }),
  chart('rockoon', '2'),
];
const target = aRelease(targetName, '2.0.0', newCharts);
const plan = (status: string, ...steps: readonly string[]) =>
  ({
    metadata: { name: 'first-2.0.0' },
    spec: { source: sourceName, target: targetName, steps: steps.map((id) => ({ id })) },
    status: { status },
  }) as unknown as ClusterUpdatePlan;
const underWay = plan('InProgress', 'openstack', 'mcc-components');
const asked = (...lines: readonly string[]) =>
  anLcmCluster({ annotations: { [updateOrdersAnnotation]: lines.join('\n') } });
const bundleOf = (spec: HelmBundle['spec']): HelmBundle => ({
  apiVersion: 'lcm.mirantis.com/v1alpha1',
  kind: 'HelmBundle',
  metadata: { name: 'first' },
  spec,
});
const cluster = aCluster();
const before = bundleOf(bundleSpec(cluster, source));

function wanted(more: Partial<Parameters<typeof wantedBundle>[0]> = {}): readonly string[] | undefined {
  const spec = wantedBundle({
    cluster,
    release: target,
    releaseName: targetName,
    source,
    bundle: before,
    plans: [underWay],
    lcmCluster: asked(targetName, 'k8s-controllers'),
    ...more,
  });
  return spec && [spec.release ?? '', ...spec.releases.map(({ name, version }) => `${name} ${version ?? ''}`)];
}

const whole = ['2.0.0', ...newCharts.map(({ name, version }) => `${name} ${version}`)];
const kept = ['1.0.0', 'metallb 1', 'stacklight 1', 'old-agent 1', 'pelagia-ceph 2', 'rockoon 2'];

describe('the charts of a cluster in an update', () => {
  it('are those of the controllers until the step of the others is asked for, then all', () => {
    expect(wanted()).toEqual(kept);
    expect(wanted({ lcmCluster: asked('mosk-0', 'mcc-components') })).toEqual(kept);
    expect(wanted({ lcmCluster: asked(targetName, 'mcc-components the alert A fires') })).toEqual(kept);
    expect(wanted({ lcmCluster: asked(targetName, 'k8s-controllers', 'mcc-components') })).toEqual(whole);
  });

  it('wait for a plan that is not there yet', () => {
    expect(wanted({ plans: [] })).toEqual(kept);
  });

  it('are all at once where no plan asks for them, and stay so once they have begun', () => {
    expect(wanted({ plans: [], source: undefined })).toEqual(whole);
    expect(wanted({ plans: [plan('InProgress', 'k8s-controllers')] })).toEqual(whole);
    expect(wanted({ plans: [plan('Completed', 'mcc-components')] })).toEqual(whole);
    expect(wanted({ bundle: bundleOf(bundleSpec(cluster, target)) })).toEqual(whole);
  });

  it('stay as they are where the release that the update leads from is gone', () => {
    expect(wanted({ source: undefined })).toEqual([
      '1.0.0',
      ...before.spec.releases.map(({ name, version }) => `${name} ${version ?? ''}`),
    ]);
  });

  it('require only what is there, and are each taken from the repository of its own release', () => {
    const moved = aRelease(targetName, '2.0.0', newCharts, 'https://b.test');
    const spec = wantedBundle({
      cluster,
      release: moved,
      releaseName: targetName,
      source,
      bundle: before,
      plans: [underWay],
      lcmCluster: undefined,
    });
    expect(spec?.repositories).toEqual([
      { name: 'charts', url: 'https://a.test' },
      { name: 'charts-next', url: 'https://b.test' },
    ]);
    const of = (name: string) => spec?.releases.find((one) => one.name === name);
    expect(of('metallb')?.chart).toBe('charts/metallb');
    expect(of('pelagia-ceph')).toMatchObject({ chart: 'charts-next/pelagia-ceph', requires: ['metallb'] });
  });
});
