import { expect, it } from '@jest/globals';
import type { OpenStackDeploymentStatus, TFOperator } from '@keelson/api';
import { releaseWanted } from './operator.release.js';

const anOperator = (release: string | undefined): TFOperator => ({
  apiVersion: 'tf.mirantis.com/v2',
  kind: 'TFOperator',
  metadata: { name: 'openstack-tf', namespace: 'tf' },
  spec: { tfVersion: '24.1', dataStorageClass: 'volumes' },
  status: release === undefined ? {} : { release },
});
const aCloud = (release: string, state: 'APPLIED' | 'APPLYING'): OpenStackDeploymentStatus => ({
  apiVersion: 'lcm.mirantis.com/v1alpha1',
  kind: 'OpenStackDeploymentStatus',
  metadata: { name: 'osh', namespace: 'openstack' },
  status: { osdpl: { release, state } },
});

it.each([
  ['of its cloud from the beginning, which waits for it', undefined, aCloud('2', 'APPLYING'), undefined, '2'],
  ['of the one before while the cloud is being applied', '1', aCloud('2', 'APPLYING'), '1', '1'],
  ['of the next when the cloud is applied', '1', aCloud('2', 'APPLIED'), '1', '2'],
  ['of its own when the cloud is changed afterwards', '2', aCloud('2', 'APPLYING'), '1', '2'],
  ['of what it had begun when it died before it told so', '1', aCloud('2', 'APPLYING'), '2', '2'],
  ['of its own when there is no cloud any more', '2', undefined, '2', '2'],
  ["of the cluster's while no cloud says anything", undefined, undefined, undefined, '1'],
])('OpenSDN is %s', (_what, before, cloud, kept, wanted) => {
  expect(releaseWanted(anOperator(before), cloud, { current: '1', kept })).toBe(wanted);
});
