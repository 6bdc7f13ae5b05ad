import {
  type KubeObject,
  PersistentVolumeClaimKind,
  StatefulSetKind,
  StorageClassKind,
  type TFOperator,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import type { Hindrance } from './operator.world.js';

/** A storage class that volumes are still to be made of, where the spec names it, and how another is chosen. */
interface NamedClass {
  readonly field: string;
  readonly name: string;
  readonly orElse: string;
}

/**
 * A storage class that the spec names and that is not there. Volumes that are there already need none any more: a class that is
 * deleted later holds up nothing.
 */
export function classHindrance(
  reader: Reader,
  { spec }: TFOperator,
  live: ReadonlyMap<string, KubeObject>,
): Hindrance | undefined {
  const missing = classesNeeded(spec, live).find(({ name }) => reader.get(StorageClassKind, { name }) === undefined);
  if (missing === undefined) return undefined;
  const { field, name, orElse } = missing;
  const there = reader
    .list(StorageClassKind)
    .map(({ metadata }) => metadata.name)
    .sort();
  const known = there.length === 0 ? 'the cluster has none' : `the cluster has ${there.join(', ')}`;
  return {
    on: { kind: StorageClassKind.kind, name },
    reason: 'NoStorageClass',
    message: `${field} names the storage class ${name}, and there is none of that name (${known}): make it, or ${orElse}. Nothing is deployed before.`,
  };
}

function classesNeeded(
  { dataStorageClass, features }: TFOperator['spec'],
  live: ReadonlyMap<string, KubeObject>,
): readonly NamedClass[] {
  const has = (kind: string): boolean => [...live.values()].some((object) => object.kind === kind);
  const dumps = features?.dbBackup;
  const needed: NamedClass[] = [];
  if (!has(StatefulSetKind.kind))
    needed.push({ field: 'spec.dataStorageClass', name: dataStorageClass, orElse: 'name another there' });
  const isClaimed = dumps?.enabled === true && dumps.backupType !== 'pv_nfs' && !has(PersistentVolumeClaimKind.kind);
  if (isClaimed)
    needed.push({
      field: 'spec.features.dbBackup.storageClass',
      name: dumps.storageClass ?? dataStorageClass,
      orElse: 'name another there, or switch dbBackup off',
    });
  return needed;
}
