import { bool, int, many, type MessageType, one, pointer, text, textMap, texts, time } from './fields.js';

const ownerReference: MessageType = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: pointer(bool('controller')),
  7: pointer(bool('blockOwnerDeletion')),
};

const managedFieldsEntry: MessageType = {
  1: text('manager'),
  2: text('operation'),
  3: text('apiVersion'),
  4: time('time'),
  6: text('fieldsType'),
  8: text('subresource'),
};

export const objectMeta: MessageType = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  4: text('selfLink'),
  5: text('uid'),
  6: text('resourceVersion'),
  7: int('generation'),
  8: time('creationTimestamp'),
  9: time('deletionTimestamp'),
  10: pointer(int('deletionGracePeriodSeconds')),
  11: textMap('labels'),
  12: textMap('annotations'),
  13: many('ownerReferences', () => ownerReference),
  14: texts('finalizers'),
  17: many('managedFields', () => managedFieldsEntry),
};

export const labelSelector: MessageType = {
  1: textMap('matchLabels'),
  2: many('matchExpressions', () => ({ 1: text('key'), 2: text('operator'), 3: texts('values') })),
};

export const objectReference: MessageType = {
  1: text('kind'),
  2: text('namespace'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: text('resourceVersion'),
  7: text('fieldPath'),
};

export const localReference: MessageType = { 1: text('name') };

/** An object's metadata member, as field 1 of every kind. */
export const metadata = one('metadata', () => objectMeta);
