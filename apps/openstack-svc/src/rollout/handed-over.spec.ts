import { describe, expect, test } from '@jest/globals';
import { type KubeObject, NodeKind, SecretKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import type { SpecPatch } from '../deployment/deployment.fixtures.js';
import { serviceLabel } from '../names.js';
import { cephOf } from './handed-over.js';

const keys = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'openstack-ceph-keys', namespace: 'openstack-ceph-shared' },
  data: { mon_endpoints: Buffer.from('10.0.0.1:6789').toString('base64') },
};
const access = { monitors: ['10.0.0.1:6789'], clients: {} };

interface Cluster {
  readonly hasKeys?: boolean;
  readonly hasStorage?: boolean;
  /** `Secret/glance-ceph image`, and so on: what is there, and of which service. */
  readonly live?: readonly string[];
  readonly spec?: SpecPatch;
}

function factsIn({ hasKeys = false, hasStorage = false, live = [], spec = {} }: Cluster): ReturnType<typeof cephOf> {
  const labels: Record<string, string> = hasStorage ? { 'ceph-daemonset-available-node': 'true' } : {};
  const nodes: readonly KubeObject[] = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels } }];
  const reader = {
    now: 0,
    get: (kind: unknown) => (kind === SecretKind && hasKeys ? keys : undefined),
    list: (kind: unknown) => (kind === NodeKind ? nodes : []),
    byIndex: () => [],
  } as unknown as Reader;
  const objects = live.map((text): readonly [string, KubeObject] => {
    const [id = '', service = ''] = text.split(' ');
    const [kind = '', name = ''] = id.split('/');
    return [id, { apiVersion: 'v1', kind, metadata: { name, labels: { [serviceLabel]: service } } }];
  });
  return cephOf(reader, spec, new Map(objects));
}

const none = { ceph: undefined, awaitsCeph: false, inFiles: [] };
const awaited = { ...none, awaitsCeph: true };
const given = { ...none, ceph: access };
const files = ['Deployment/glance-api image', 'PersistentVolumeClaim/glance-images image'];
const onCeph: SpecPatch = { features: { nova: { images: { backend: 'ceph' } } } };

describe('how a cloud stands to its storage', () => {
  test.each<readonly [string, Cluster, ReturnType<typeof cephOf>]>([
    ['without any it does not wait', {}, none],
    ['it waits when the storage has begun', { hasStorage: true }, awaited],
    [
      'it goes on waiting while others of its services are made',
      { hasStorage: true, live: ['Job/a identity'] },
      awaited,
    ],
    ['keys that come before its stores have begun are taken up', { hasKeys: true, live: ['Job/a identity'] }, given],
    ['it waits when its spec names Ceph', { spec: onCeph }, awaited],
    [
      'begun in files it does not wait for the storage',
      { hasStorage: true, live: files },
      { ...none, inFiles: ['image'] },
    ],
    ['begun in files it does not take up the keys', { hasKeys: true, live: files }, { ...none, inFiles: ['image'] }],
    [
      'begun in files it keeps those when its spec names Ceph',
      { hasKeys: true, live: files, spec: onCeph },
      { ...given, inFiles: ['image'] },
    ],
    ['begun with Ceph it goes on with it', { hasKeys: true, live: ['Secret/glance-ceph image'] }, given],
    ['begun with Ceph it never goes on without', { live: ['Secret/glance-ceph image'] }, 'gone'],
  ])('%s', (_, cluster, facts) => expect(factsIn(cluster)).toEqual(facts));
});
