import { equalJson } from '@keelson/std';
import { isObject } from '../../schema/schema.js';
import { type FieldError, fieldForbidden, fieldRequired } from '../../status/status.js';
import type { Draft, Stored } from '../../storage/stored.js';
import { builtIn } from '../declare.js';
import type { KindDescriptor } from '../descriptor.js';
import {
  conditions,
  flag,
  freeForm,
  integer,
  labels,
  labelSelector,
  listOf,
  mapList,
  mapOf,
  objectReference,
  open,
  plain,
  quantity,
  struct,
  text,
  texts,
} from '../schema-words.js';
import { withDefault } from './pod-spec.js';

const group = 'storage.k8s.io';
const capacity = mapOf(quantity);

/** Volumes, claims and attachments: what drains and reboots look at. */
export const volumeKinds: readonly KindDescriptor[] = [
  builtIn({
    kind: 'PersistentVolume',
    cluster: true,
    shortNames: ['pv'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          capacity,
          accessModes: texts,
          claimRef: objectReference,
          persistentVolumeReclaimPolicy: withDefault(text, 'Retain'),
          storageClassName: text,
          mountOptions: texts,
          volumeMode: withDefault(text, 'Filesystem'),
          nodeAffinity: freeForm,
          csi: freeForm,
        }),
      ),
      status: plain(struct({ phase: text, message: text, reason: text, lastPhaseTransitionTime: text })),
    },
    strategy: { prepare: pending, returnsDeleted: true },
  }),
  builtIn({
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          accessModes: texts,
          selector: labelSelector,
          resources: plain(struct({ requests: capacity, limits: capacity })),
          volumeName: text,
          storageClassName: text,
          volumeMode: withDefault(text, 'Filesystem'),
        }),
      ),
      status: plain(open({ phase: text, accessModes: texts, capacity, conditions })),
    },
    strategy: { prepare: pending, returnsDeleted: true },
  }),
  builtIn({
    group,
    kind: 'StorageClass',
    plural: 'storageclasses',
    cluster: true,
    shortNames: ['sc'],
    members: {
      provisioner: text,
      parameters: labels,
      reclaimPolicy: withDefault(text, 'Delete'),
      mountOptions: texts,
      allowVolumeExpansion: flag,
      volumeBindingMode: withDefault(text, 'Immediate'),
      allowedTopologies: listOf(freeForm),
    },
    strategy: { validate: classErrors, returnsDeleted: true },
  }),
  builtIn({
    group,
    kind: 'VolumeAttachment',
    cluster: true,
    hasStatus: true,
    members: {
      spec: plain(struct({ attacher: text, nodeName: text, source: plain(open({ persistentVolumeName: text })) })),
      status: plain(
        struct({ attached: flag, attachmentMetadata: labels, attachError: freeForm, detachError: freeForm }),
      ),
    },
  }),
  builtIn({
    group,
    kind: 'CSINode',
    cluster: true,
    members: {
      spec: plain(
        struct({
          drivers: mapList(
            ['name'],
            struct({ name: text, nodeID: text, topologyKeys: texts, allocatable: struct({ count: integer }) }),
          ),
        }),
      ),
    },
  }),
  builtIn({ group, kind: 'CSIDriver', cluster: true, members: { spec: plain(freeForm) } }),
];

function pending(object: Draft, before: Stored | undefined): Draft {
  return before !== undefined || isObject(object.status) ? object : { ...object, status: { phase: 'Pending' } };
}

/** What a class means does not change under the volumes made by it. */
function classErrors(object: Draft, before: Stored | undefined): FieldError[] {
  if (before === undefined) return object.provisioner ? [] : [fieldRequired('provisioner')];
  const forbidden = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'].filter(
    (name) => !equalJson(object[name] ?? null, before[name] ?? null),
  );
  return forbidden.map((name) => fieldForbidden(name, 'updates to ' + name + ' are forbidden.'));
}
