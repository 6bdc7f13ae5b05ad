import type { KubeObject } from '@keelson/api';
import { identityOf } from '@keelson/mosk';
import { bytesOf, type Claim, claimsIn } from './claims.js';
import { classField, sizeField } from './fields.js';

/** Reason of a change that is refused whole. */
export const volumesStay = 'VolumesStay';

/** An object of a cloud as it is to be and as it is. */
export interface Standing {
  readonly wanted: KubeObject;
  readonly live: KubeObject | undefined;
}

export interface VolumesAsked {
  /** As the operator wrote it. */
  readonly spec: object;
  readonly objects: readonly Standing[];
  /** Whether volumes of a storage class can grow. */
  readonly canGrow: (storageClass: string | undefined) => boolean;
}

/**
 * Why volumes that stand cannot become what is wanted, as a sentence that names the field; undefined when they can. Kubernetes
 * changes neither the class of a claim nor the templates of a StatefulSet, and would refuse that halfway.
 */
export function volumeRefusal({ spec, objects, canGrow }: VolumesAsked): string | undefined {
  for (const { wanted, live } of objects) {
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) continue;
    const standing = claimsIn(live);
    for (const claim of claimsIn(wanted)) {
      const stands = standing.find(({ name }) => name === claim.name);
      const refusal = stands === undefined ? undefined : claimRefusal(spec, live, { claim, stands, canGrow });
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

interface Compared extends Pick<VolumesAsked, 'canGrow'> {
  readonly claim: Claim;
  readonly stands: Claim;
}

function claimRefusal(spec: object, live: KubeObject, { claim, stands, canGrow }: Compared): string | undefined {
  const isSet = live.kind === 'StatefulSet';
  const has = isSet ? `the volumes ${claim.name} of ${identityOf(live)} are` : `the volume of ${identityOf(live)} is`;
  // A claim that names no class was given one by the cluster.
  if (claim.storageClass !== stands.storageClass && (isSet || claim.storageClass !== undefined)) {
    const { field, leave } = classField(spec, live, stands.storageClass);
    const what = `${has} of ${classText(stands.storageClass)}, and cannot be moved`;
    return `${field}: ${what}: ${leave}. ${otherwise(live)}`;
  }
  const [want, size] = [bytesOf(claim.size), bytesOf(stands.size)];
  if (want === undefined || size === undefined || want === size) return undefined;
  const field = sizeField(spec, live);
  const leave = `leave it ${stands.size ?? ''}`;
  if (want < size)
    return `${field}: ${has} ${stands.size ?? ''} large, and none can shrink: ${leave}. ${otherwise(live)}`;
  if (isSet)
    return `${field}: ${has} ${stands.size ?? ''} large, and a StatefulSet keeps what it was made with: ${leave}. Where the storage class lets volumes grow, set spec.resources.requests.storage of its PersistentVolumeClaims themselves`;
  if (canGrow(stands.storageClass)) return undefined;
  return `${field}: ${has} ${stands.size ?? ''} large, and ${classText(stands.storageClass)} lets none grow (allowVolumeExpansion): ${leave}. ${otherwise(live)}`;
}

function classText(storageClass: string | undefined): string {
  return storageClass === undefined ? 'no storage class by name' : `the storage class ${storageClass}`;
}

/** How other volumes are had all the same. While the cloud is a draft nothing is made again that was deleted. */
function otherwise({ kind, metadata: { name } }: KubeObject): string {
  if (name === 'mariadb-server')
    return 'To have others, back the database up, set spec.draft: true, delete the StatefulSet with --cascade=orphan, change the field with spec.draft: false, and then delete PersistentVolumeClaim and pod of one member after the other, each when all are ready';
  const what = kind === 'StatefulSet' ? 'the StatefulSet and its PersistentVolumeClaims' : 'the PersistentVolumeClaim';
  return `To have others, which begin empty, save what must be kept, set spec.draft: true, delete ${what}, and change the field with spec.draft: false`;
}
