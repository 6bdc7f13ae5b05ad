import { parseKey } from '@keelson/api';
import { ownKey } from '../concerns.js';
import { isPod } from '../cluster-index.js';
import { type Claim, ClaimKind, type StorageClass, StorageClassKind, type Volume, VolumeKind } from '../kinds.js';
import { isEnding, sameStatus, simulated } from '../objects.js';
import type { Controller, Plane } from '../plane.js';

const defaultClass = 'storageclass.kubernetes.io/is-default-class';

/** Provisions a volume for each claim of a class that exists, and binds them. */
export function claims(plane: Plane): Controller {
  const waiting = new Set<string>();
  return {
    name: 'claim',
    concerns: (write) => {
      if (write.resource === 'storageclasses.storage.k8s.io') return waiting;
      if (write.resource === 'pods' && write.type === 'put' && isPod(write.object))
        return (write.object.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
          const key = `${write.namespace}/${persistentVolumeClaim?.claimName ?? ''}`;
          return waiting.has(key) ? [key] : [];
        });
      return ownKey(write, 'persistentvolumeclaims');
    },
    async sync(key) {
      waiting.delete(key);
      const claim = await plane.api.get(ClaimKind, parseKey(key));
      if (claim === undefined) return release(plane, key);
      if (isEnding(claim) || claim.status?.phase === 'Bound') return undefined;
      const { storageClassName } = claim.spec;
      const all = await plane.api.list(StorageClassKind);
      const storage = all.find(({ metadata }) =>
        storageClassName === undefined
          ? metadata.annotations?.[defaultClass] === 'true'
          : metadata.name === storageClassName,
      );
      if (storage === undefined || !mayBind(plane, claim, storage)) waiting.add(key);
      else await bind(plane, claim, storage);
      return undefined;
    },
  };
}

/** A class may bind at once, or when the first pod that uses the claim has its node. */
function mayBind({ index }: Plane, { metadata }: Claim, { volumeBindingMode }: StorageClass): boolean {
  if (volumeBindingMode !== 'WaitForFirstConsumer') return true;
  return [...index.in(metadata.namespace ?? '')].some(
    ({ spec }) =>
      spec.nodeName !== undefined &&
      spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name) === true,
  );
}

async function bind(plane: Plane, claim: Claim, storage: StorageClass): Promise<void> {
  const { metadata, spec } = claim;
  const name = `pvc-${metadata.uid}`;
  const capacity = spec.resources?.requests ?? {};
  if ((await plane.api.get(VolumeKind, { name })) === undefined)
    await plane.api.create(VolumeKind, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, annotations: { ...simulated, 'pv.kubernetes.io/provisioned-by': storage.provisioner } },
      spec: {
        capacity,
        accessModes: spec.accessModes,
        volumeMode: spec.volumeMode,
        storageClassName: storage.metadata.name,
        persistentVolumeReclaimPolicy: storage.reclaimPolicy ?? 'Delete',
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: metadata.namespace,
          name: metadata.name,
          uid: metadata.uid,
        },
        csi: { driver: storage.provisioner, volumeHandle: name },
      },
    });
  await plane.api.patch(VolumeKind, { name }, { status: { phase: 'Bound' } }, 'status');
  await plane.api.patch(ClaimKind, metadata, { spec: { volumeName: name, storageClassName: storage.metadata.name } });
  const status = { phase: 'Bound', capacity, accessModes: spec.accessModes };
  await plane.api.patch(ClaimKind, metadata, { status }, 'status');
}

/** The claim is gone: its volume goes, or stays as one that was released. */
async function release(plane: Plane, key: string): Promise<undefined> {
  const { namespace, name } = parseKey(key);
  const volumes = await plane.api.list(VolumeKind);
  for (const volume of volumes.filter(
    ({ spec }) => spec.claimRef?.namespace === namespace && spec.claimRef?.name === name,
  ))
    await letGo(plane, volume);
}

async function letGo(plane: Plane, volume: Volume): Promise<void> {
  if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') return plane.api.remove(VolumeKind, volume.metadata);
  const status = { phase: 'Released' };
  if (!sameStatus(volume.status, status)) await plane.api.patch(VolumeKind, volume.metadata, { status }, 'status');
}
