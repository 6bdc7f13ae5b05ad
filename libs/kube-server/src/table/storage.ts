import type { Stored } from '../storage/stored.js';
import { ageColumn, column, type Column, wide } from './columns.js';
import { listAt, numberAt, objectAt, orUnset, textAt } from './read.js';

const modeNames: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly unknown[]): string {
  return modes.map((mode) => modeNames[String(mode)] ?? String(mode)).join(',');
}

function claimText(volume: Stored): string {
  const [namespace, name] = [
    textAt(volume, 'spec', 'claimRef', 'namespace'),
    textAt(volume, 'spec', 'claimRef', 'name'),
  ];
  return name === '' ? '' : `${namespace}/${name}`;
}

function phaseOf(object: Stored): string {
  return object.metadata.deletionTimestamp === undefined ? textAt(object, 'status', 'phase') : 'Terminating';
}

const booleanColumn = (name: string, member: string): Column =>
  column(name, (object) => objectAt(object)[member] === true, { type: 'boolean' });
const attributesClass = column('VolumeAttributesClass', (object) =>
  orUnset(textAt(object, 'spec', 'volumeAttributesClassName')),
);
const volumeMode = wide('VolumeMode', (object) => orUnset(textAt(object, 'spec', 'volumeMode')));

function hardText(quota: Stored, prefix: 'limits' | 'requests'): string {
  const hard = Object.entries(objectAt(quota, 'status', 'hard'));
  const chosen = hard.filter(([name]) => name.startsWith('limits.') === (prefix === 'limits'));
  return chosen
    .map(([name, most]) => `${name}: ${textAt(quota, 'status', 'used', name) || '0'}/${String(most)}`)
    .join(', ');
}

/** Volumes, and the kinds that limit or rank what runs. */
export const storageColumns: Readonly<Record<string, readonly Column[]>> = {
  persistentvolumes: [
    column('Capacity', (volume) => textAt(volume, 'spec', 'capacity', 'storage')),
    column('Access Modes', (volume) => accessModes(listAt(volume, 'spec', 'accessModes'))),
    column('Reclaim Policy', (volume) => textAt(volume, 'spec', 'persistentVolumeReclaimPolicy')),
    column('Status', phaseOf),
    column('Claim', claimText),
    column('StorageClass', (volume) => textAt(volume, 'spec', 'storageClassName')),
    attributesClass,
    column('Reason', (volume) => textAt(volume, 'status', 'reason')),
    ageColumn,
    volumeMode,
  ],
  persistentvolumeclaims: [
    column('Status', phaseOf),
    column('Volume', (claim) => textAt(claim, 'spec', 'volumeName')),
    column('Capacity', (claim) => textAt(claim, 'status', 'capacity', 'storage')),
    column('Access Modes', (claim) => accessModes(listAt(claim, 'status', 'accessModes'))),
    column('StorageClass', (claim) => textAt(claim, 'spec', 'storageClassName')),
    attributesClass,
    ageColumn,
    volumeMode,
  ],
  'storageclasses.storage.k8s.io': [
    column('Provisioner', (one) => textAt(one, 'provisioner')),
    column('ReclaimPolicy', (one) => textAt(one, 'reclaimPolicy') || 'Delete'),
    column('VolumeBindingMode', (one) => textAt(one, 'volumeBindingMode') || 'Immediate'),
    booleanColumn('AllowVolumeExpansion', 'allowVolumeExpansion'),
    ageColumn,
  ],
  'volumeattachments.storage.k8s.io': [
    column('Attacher', (one) => textAt(one, 'spec', 'attacher')),
    column('PV', (one) => textAt(one, 'spec', 'source', 'persistentVolumeName')),
    column('Node', (one) => textAt(one, 'spec', 'nodeName')),
    column('Attached', (one) => objectAt(one, 'status').attached === true, { type: 'boolean' }),
    ageColumn,
  ],
  'priorityclasses.scheduling.k8s.io': [
    column('Value', (one) => numberAt(one, 'value'), { type: 'integer' }),
    booleanColumn('Global-Default', 'globalDefault'),
    ageColumn,
    column('PreemptionPolicy', (one) => textAt(one, 'preemptionPolicy')),
  ],
  'runtimeclasses.node.k8s.io': [column('Handler', (one) => textAt(one, 'handler')), ageColumn],
  resourcequotas: [
    column('Request', (quota) => hardText(quota, 'requests')),
    column('Limit', (quota) => hardText(quota, 'limits')),
    ageColumn,
  ],
  limitranges: [column('Created At', (one) => one.metadata.creationTimestamp, { type: 'date' })],
};
