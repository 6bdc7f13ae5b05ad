import type { KubeObject } from '@keelson/api';
import { type MergedSpec, mergeSpec } from '../cloud/spec.js';

/** Where the storage class of an object's volumes comes from, and what to do with the field for it to be `stands`. */
export function classField(
  spec: object,
  { kind, metadata: { name } }: KubeObject,
  stands: string | undefined,
): { readonly field: string; readonly leave: string } {
  const merged = mergeSpec(spec);
  const leave = stands === undefined ? 'leave it out' : `leave it ${stands}`;
  if (name === 'mariadb-server') return databaseClass(merged, stands, leave);
  const ofImages = name === 'glance-images' ? imageField(merged, 'storage_class_name') : undefined;
  const usual = kind === 'StatefulSet' ? 'local_volume_storage_class' : 'persistent_volume_storage_class';
  return { field: ofImages ?? `spec.${usual}`, leave };
}

/** The database is on the one class or on the other. */
function databaseClass(
  { local_volume_storage_class: local, persistent_volume_storage_class: persistent, features }: MergedSpec,
  stands: string | undefined,
  leave: string,
): { readonly field: string; readonly leave: string } {
  const { enabled } = features.database.local_volumes;
  if (stands === (enabled ? persistent : local))
    return { field: 'spec.features.database.local_volumes.enabled', leave: `leave it ${String(!enabled)}` };
  return { field: `spec.${enabled ? 'local' : 'persistent'}_volume_storage_class`, leave };
}

/** Where the size of an object's volumes comes from; the object where no field says it. */
export function sizeField(spec: object, { kind, metadata: { name } }: KubeObject): string {
  switch (name) {
    case 'mariadb-server':
      return 'spec.services.database.mariadb.values.volume.size';
    case 'mariadb-phy-backup-data':
      return 'spec.services.database.mariadb.values.volume.backup.size, which follows spec.size unless it is set';
    case 'glance-images':
      return imageField(mergeSpec(spec), 'size') ?? 'spec.features.glance.backends.file';
    default:
      return `${kind} ${name}`;
  }
}

/** A member of the claim of the images' files; undefined when the spec does not say it. */
function imageField({ features }: MergedSpec, member: 'size' | 'storage_class_name'): string | undefined {
  const files = Object.entries(features.glance.backends?.file ?? {});
  const [name] = files.find(([, { pvc }]) => pvc?.[member] !== undefined) ?? [];
  return name === undefined ? undefined : `spec.features.glance.backends.file.${name}.pvc.${member}`;
}
