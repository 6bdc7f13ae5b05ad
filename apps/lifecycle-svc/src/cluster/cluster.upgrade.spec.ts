import { describe, expect, it } from '@jest/globals';
import type { MCCUpgrade, Progress } from '@keelson/api';
import { aCluster } from '../machine/machine.fixtures.js';
import { relevantUpgrade, upgradeOutcome } from './cluster.upgrade.js';

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
