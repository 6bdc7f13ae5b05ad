import { describe, expect, it } from '@jest/globals';
import type { ClusterUpgradeStatus, LCMClusterUpgradeStatus, Stage } from '@keelson/api';
import { upgradeStatusReconcilers, type UpgradeStatusWorld } from './upgradestatus.reconciler.js';

const [clusters] = upgradeStatusReconcilers();
const metadata = { namespace: 'mosk', name: 'first' };
const stages: Stage[] = [{ name: 'Requested cluster maintenance', status: 'InProgress', success: false }];
const followed: LCMClusterUpgradeStatus = {
  apiVersion: 'lcm.mirantis.com/v1alpha1',
  kind: 'LCMClusterUpgradeStatus',
  metadata,
  fromRelease: '21.1.0+26.1',
  release: '21.2.0+26.2',
  stages,
};
const shown: ClusterUpgradeStatus = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'ClusterUpgradeStatus',
  metadata,
  fromRelease: '21.1.0+26.1',
  toRelease: '21.2.0+26.2',
  release: '21.2.0+26.2',
  stages,
};
const owner = { apiVersion: 'cluster.k8s.io/v1alpha1', kind: 'Cluster', metadata } as UpgradeStatusWorld['owner'];

const stepsOf = (world: Partial<UpgradeStatusWorld>) =>
  clusters?.plan({ followed, shown: undefined, owner, ...world }).steps.map(({ type }) => type);

describe('what consoles see of an update', () => {
  it('is made when it begins and follows it', () => {
    expect(stepsOf({})).toEqual(['show']);
    expect(stepsOf({ shown: { ...shown, stages: [] } })).toEqual(['show']);
    expect(stepsOf({ shown: { ...shown, toRelease: '21.1.0+26.1' } })).toEqual(['show']);
  });

  it('is left alone while it shows all', () => {
    expect(stepsOf({ shown })).toEqual([]);
  });

  it('is not made anew of what goes with its owner', () => {
    expect(stepsOf({ owner: undefined })).toEqual([]);
    expect(stepsOf({ followed: { ...followed, metadata: { ...metadata, deletionTimestamp: 'now' } } })).toEqual([]);
  });
});
