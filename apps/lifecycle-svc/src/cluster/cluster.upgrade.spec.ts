import { describe, expect, it } from '@jest/globals';
import type { Cluster, ClusterUpdatePlan, KaaSRelease, MCCUpgrade, Progress } from '@keelson/api';
import { aCluster, aRelease } from '../machine/machine.fixtures.js';
import {
  planOutcome,
  relevantPlan,
  relevantUpgrade,
  upgradeOutcome,
  wayOutcome,
  unsupportedSince,
} from './cluster.upgrade.js';

const since = '2026-01-01T00:00:00Z';
const license = { kind: 'License', name: 'license' };
const anUpgrade = (progress: Omit<Progress, 'since'>): MCCUpgrade => ({
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'MCCUpgrade',
  metadata: { name: 'mcc-upgrade' },
  spec: { timeZone: 'UTC', autoDelay: false },
  status: { progress: { since, ...progress } },
});
const held = { reason: 'LicenseExpired', message: 'the license has expired', waitingOn: license };
const told = (progress: Omit<Progress, 'since'>) =>
  upgradeOutcome({ cluster: aCluster(), upgrade: anUpgrade(progress) });

describe('what stops the update of the management cluster', () => {
  it('is told by the cluster when it is held or has stopped, and leads to the MCCUpgrade', () => {
    for (const state of ['Held', 'Stopped'])
      expect(told({ state, ...held })).toMatchObject({
        type: 'waiting',
        on: { kind: 'MCCUpgrade', name: 'mcc-upgrade' },
        reason: 'LicenseExpired',
        message: 'the license has expired',
      });
  });

  it('is not told while it only waits for its time or gets on, nor where it waits for the cluster itself', () => {
    for (const state of ['UpToDate', 'Scheduled', 'Updating']) {
      expect(told({ state, ...held })).toBeUndefined();
      expect(relevantUpgrade(anUpgrade({ state, ...held }))).toBeUndefined();
    }
    const { namespace, name } = aCluster().metadata;
    const waitingOn = { kind: 'Cluster', ...(namespace === undefined ? {} : { namespace }), name };
    expect(told({ state: 'Held', ...held, waitingOn })).toBeUndefined();
    expect(upgradeOutcome({ cluster: aCluster(), upgrade: undefined })).toBeUndefined();
  });
});

const aPlan = (
  name: string,
  progress: Omit<Progress, 'since'>,
  status = 'NotStarted',
  commence = true,
): ClusterUpdatePlan =>
  ({
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterUpdatePlan',
    metadata: { namespace: 'demo', name },
    spec: { cluster: 'first', source: 'a', target: 'b', steps: [{ id: 'openstack', name: 'OpenStack', commence }] },
    status: { status, steps: [], progress: { since, ...progress } },
  }) as ClusterUpdatePlan;

describe('what holds an update of a cluster', () => {
  const cluster = aCluster();
  const waiting = { state: 'NotStarted', ...held };

  it('is told by the cluster as its plan tells it, and leads to the plan', () => {
    expect(planOutcome({ cluster, plans: [aPlan('first-2', waiting)] })).toMatchObject({
      type: 'waiting',
      on: { kind: 'ClusterUpdatePlan', namespace: 'demo', name: 'first-2' },
      reason: 'LicenseExpired',
      message: 'the update first-2 does not get on: the license has expired',
    });
  });

  it('is told of the plan that holds the other, and of the first by name where several are held', () => {
    const other = { state: 'NotStarted', reason: 'OtherUpdate', message: 'one at a time', waitingOn: license };
    const on = (...plans: readonly ClusterUpdatePlan[]) => planOutcome({ cluster, plans });
    expect(on(aPlan('first-1', other), aPlan('first-2', waiting))).toMatchObject({ on: { name: 'first-2' } });
    expect(on(aPlan('first-3', waiting), aPlan('first-2', waiting))).toMatchObject({ on: { name: 'first-2' } });
  });

  it('is told of a plan that nobody has commenced, after those that somebody has', () => {
    const refused = { ...waiting, reason: 'OwnerRefuses', message: 'b does not know OpenStack antelope' };
    const offered = aPlan('first-1', refused, 'NotStarted', false);
    expect(planOutcome({ cluster, plans: [offered] })).toMatchObject({
      on: { name: 'first-1' },
      reason: 'OwnerRefuses',
    });
    expect(planOutcome({ cluster, plans: [offered, aPlan('first-2', waiting)] })).toMatchObject({
      on: { name: 'first-2' },
    });
  });

  it('leads nowhere else where the plan waits for the cluster itself', () => {
    const { namespace, name } = cluster.metadata;
    const waitingOn = { kind: 'Cluster', ...(namespace === undefined ? {} : { namespace }), name };
    expect(planOutcome({ cluster, plans: [aPlan('first-2', { ...waiting, waitingOn })] })).toMatchObject({
      on: waitingOn,
      reason: 'LicenseExpired',
    });
  });

  it.each([
    ['one that nobody has commenced', aPlan('first-2', { state: 'NotStarted' })],
    ['one that gets on', aPlan('first-2', { ...waiting, reason: 'StepInProgress' }, 'InProgress')],
    ['one that is over', aPlan('first-2', waiting, 'Completed')],
  ])('is not told of %s', (_which, plan) => {
    expect([planOutcome({ cluster, plans: [plan] }), relevantPlan(plan)]).toEqual([undefined, undefined]);
  });
});

describe('a release that the spec names', () => {
  const release = (name: string) => ({ ...aRelease(), metadata: { name } });
  const wanting = (wanted: string): Cluster => {
    const cluster = aCluster();
    const value = { ...cluster.spec.providerSpec.value, release: wanted };
    return { ...cluster, spec: { ...cluster.spec, providerSpec: { value } } } as Cluster;
  };
  const current = release('mosk-1');
  const upgrades = [{ release: release('mosk-2'), rebootRequired: false }];

  it('and to which no way leads is named, with where ways lead', () => {
    expect(wayOutcome({ cluster: wanting('mosk-3'), current, upgrades })).toMatchObject({
      on: { kind: 'ClusterRelease', name: 'mosk-3' },
      reason: 'NoWay',
      message: expect.stringMatching(
        /names mosk-3, and no way leads there from mosk-1: .*in use leads to mosk-2: name/,
      ),
    });
  });

  it.each([
    ['the one it is on', 'mosk-1', current],
    ['one to which a way leads', 'mosk-2', current],
    ['its first', 'mosk-3', undefined],
  ])('is not told of where it is %s', (_which, wanted, from) => {
    expect(wayOutcome({ cluster: wanting(wanted), current: from, upgrades })).toBeUndefined();
  });
});

describe('the management release since which a release is unsupported', () => {
  const kaas = (version: string, names: readonly string[], more: object = {}): KaaSRelease =>
    ({
      metadata: { name: version, ...more },
      spec: { version, clusterRelease: 'm', supportedClusterReleases: names.map((name) => ({ name, version: '1' })) },
    }) as KaaSRelease;
  const inUse = { labels: { 'kaas.mirantis.com/active': 'true' } };
  const pulledBack = { annotations: { 'keelson.dev/pulled-back': '2026-01-01' } };

  it('is the first that does not know it, of the one in use and those after it', () => {
    const all = [kaas('2.9.0', []), kaas('2.10.0', ['a'], inUse), kaas('2.12.0', []), kaas('2.11.0', ['b'])];
    expect([unsupportedSince(all, 'a'), unsupportedSince(all, 'b')]).toEqual(['2.11.0', '2.10.0']);
  });

  it('is none where all know it, those that do not are pulled back, or none is in use', () => {
    const all = [kaas('2.10.0', ['a'], inUse), kaas('2.11.0', [], pulledBack)];
    expect([unsupportedSince(all, 'a'), unsupportedSince([kaas('2.11.0', [])], 'a')]).toEqual([undefined, undefined]);
  });
});
