import {
  apiVersionOf,
  type KubeObject,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaimKind,
  PersistentVolumeKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';

const namespace = 'openstack';
export const setKey = { namespace, name: 'etcd-etcd' };

/** A set of three with data on the disks of two nodes, and a volume in Ceph whose claim has chosen the first of them too. */
export async function withLocalVolumes(api: KubeApi, [first, second]: readonly [string, string]): Promise<void> {
  const set: StatefulSet = {
    apiVersion: apiVersionOf(StatefulSetKind),
    kind: StatefulSetKind.kind,
    metadata: setKey,
    spec: {
      replicas: 3,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    },
  };
  await apply(api, set);
  await pair(api, { claim: 'data-etcd-etcd-0', volume: `local-${first}`, node: first, isLocal: true });
  await pair(api, { claim: 'data-etcd-etcd-1', volume: `local-${second}`, node: second, isLocal: true });
  await pair(api, { claim: 'images', volume: 'ceph-images', node: first, isLocal: false });
}

/** Names of claims and volumes that are there. */
export async function volumesLeft(api: KubeApi): Promise<readonly string[]> {
  const claims = (await api.list(PersistentVolumeClaimKind)).items;
  const volumes = (await api.list(PersistentVolumeKind)).items;
  return [...claims, ...volumes].map(({ metadata }) => metadata.name).sort();
}

interface Pair {
  readonly claim: string;
  readonly volume: string;
  readonly node: string;
  readonly isLocal: boolean;
}

async function pair(api: KubeApi, { claim: name, volume, node, isLocal }: Pair): Promise<void> {
  const annotations = { 'volume.kubernetes.io/selected-node': node };
  const claim: PersistentVolumeClaim = {
    apiVersion: apiVersionOf(PersistentVolumeClaimKind),
    kind: PersistentVolumeClaimKind.kind,
    metadata: { namespace, name, annotations },
    spec: { volumeName: volume },
  };
  await apply(api, claim);
  const { uid } = (await api.get(PersistentVolumeClaimKind, { namespace, name }))?.metadata ?? {};
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }];
  const pinned = {
    local: { path: '/mnt' },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
  const whole: PersistentVolume = {
    apiVersion: apiVersionOf(PersistentVolumeKind),
    kind: PersistentVolumeKind.kind,
    metadata: { name: volume },
    spec: { claimRef: { namespace, name, ...(uid === undefined ? {} : { uid }) }, ...(isLocal ? pinned : {}) },
  };
  await apply(api, whole);
}

async function apply(api: KubeApi, object: KubeObject): Promise<void> {
  await api.apply(object, { fieldManager: 'fixture', force: true });
}
