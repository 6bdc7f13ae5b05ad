import type { KindDescriptor } from '../kinds/descriptor.js';
import { labelValueErrors, qualifiedNameErrors, subdomainErrors } from '../kinds/names.js';
import { asText, isObject } from '../schema/schema.js';
import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired } from '../status/status.js';
import type { Draft, Owner, Stored, StoredMeta } from '../storage/stored.js';

/** metadata of a draft; an empty one when there is none. */
export function metaOf(object: Draft): Record<string, unknown> {
  return isObject(object.metadata) ? object.metadata : {};
}

const maxAnnotationBytes = 262_144;

/** Everything about metadata that is wrong whatever the kind. */
export function metadataErrors(kind: KindDescriptor, object: Draft): FieldError[] {
  const metadata = metaOf(object);
  return [
    ...nameErrors(kind, metadata),
    ...labelErrors(metadata.labels),
    ...annotationErrors(metadata.annotations),
    ...ownerErrors(metadata.ownerReferences),
    ...finalizerErrors(kind, metadata.finalizers),
  ];
}

function nameErrors(kind: KindDescriptor, metadata: Record<string, unknown>): FieldError[] {
  const check = kind.strategy.nameErrors ?? subdomainErrors;
  const name = asText(metadata.name ?? '');
  if (name === '') return [fieldRequired('metadata.name', 'name or generateName is required')];
  return check(name).map((error) => fieldInvalid('metadata.name', name, error));
}

function labelErrors(labels: unknown): FieldError[] {
  if (!isObject(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => fieldInvalid('metadata.labels', key, error)),
    ...labelValueErrors(String(value)).map((error) => fieldInvalid('metadata.labels', value, error)),
  ]);
}

function annotationErrors(annotations: unknown): FieldError[] {
  if (!isObject(annotations)) return [];
  let bytes = 0;
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    bytes += key.length + String(value).length;
    errors.push(
      ...qualifiedNameErrors(key.toLowerCase()).map((error) => fieldInvalid('metadata.annotations', key, error)),
    );
  }
  if (bytes > maxAnnotationBytes)
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      detail: `Too long: may not be more than ${maxAnnotationBytes} bytes`,
    });
  return errors;
}

function ownerErrors(owners: unknown): FieldError[] {
  if (!Array.isArray(owners)) return [];
  const errors: FieldError[] = [];
  const controllers: number[] = [];
  owners.forEach((owner: unknown, i) => {
    const reference = isObject(owner) ? owner : {};
    for (const member of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!reference[member])
        errors.push(
          fieldInvalid(
            `metadata.ownerReferences.${member}`,
            reference[member] ?? '',
            member === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
          ),
        );
    }
    if (reference.controller === true) controllers.push(i);
  });
  if (controllers.length > 1) {
    const [first, second] = controllers.map((i) => owners[i] as Owner);
    errors.push(
      fieldInvalid(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`,
      ),
    );
  }
  return errors;
}

/**
 * Finalizers without a domain that Kubernetes itself uses. Only built-in kinds insist on one of them or a domain; custom
 * kinds may carry `baremetalhost.metal3.io`. Source: ValidateFinalizerName of apimachinery/pkg/api/validation and of
 * kubernetes/pkg/apis/core/validation.
 */
const plainFinalizers: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerErrors(kind: KindDescriptor, finalizers: unknown): FieldError[] {
  if (!Array.isArray(finalizers)) return [];
  return finalizers.map(String).flatMap((finalizer, i) => {
    const errors = qualifiedNameErrors(finalizer);
    if (!kind.custom && errors.length === 0 && !finalizer.includes('/') && !plainFinalizers.has(finalizer))
      errors.push('name is neither a standard finalizer name nor is it fully qualified');
    return errors.map((error) => fieldInvalid(`metadata.finalizers[${i}]`, finalizer, error));
  });
}

/** What an update may not do to metadata. kube-apiserver checks it for every kind and once more with the kind: each cause stands twice. */
export function metadataUpdateErrors(object: Draft, before: Stored): FieldError[] {
  const metadata = metaOf(object);
  const errors: FieldError[] = [];
  for (const member of ['uid', 'name', 'namespace'] as const) {
    if ((metadata[member] ?? '') !== (before.metadata[member] ?? ''))
      errors.push(fieldInvalid(`metadata.${member}`, metadata[member], 'field is immutable'));
  }
  if (before.metadata.deletionTimestamp !== undefined && Array.isArray(metadata.finalizers)) {
    const old = new Set(before.metadata.finalizers ?? []);
    const added = metadata.finalizers.map(String).filter((finalizer) => !old.has(finalizer));
    if (added.length > 0) {
      const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
      errors.push(
        fieldForbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
        ),
      );
    }
  }
  return [...errors, ...errors];
}

const serverMembers = [
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
] as const;

/** The metadata of an update: the server's members are those of the live object, empty collections are dropped. */
export function updatedMetadata(metadata: Record<string, unknown>, before: StoredMeta): Record<string, unknown> {
  const next: Record<string, unknown> = { ...metadata };
  delete next.selfLink;
  for (const member of serverMembers) {
    if (before[member] === undefined) delete next[member];
    else next[member] = before[member];
  }
  if (next.uid === undefined || next.uid === '') next.uid = before.uid;
  if (!next.namespace && before.namespace !== undefined) next.namespace = before.namespace;
  if (before.generateName !== undefined && next.generateName === undefined) next.generateName = before.generateName;
  return withoutEmpty(next);
}

/** The metadata of a creation. */
export function createdMetadata(
  metadata: Record<string, unknown>,
  made: { name: string; namespace: string | undefined; uid: string; now: string; generation: number | undefined },
): Record<string, unknown> {
  const {
    selfLink: _link,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    resourceVersion: _version,
    generation,
    namespace: _namespace,
    ...rest
  } = metadata;
  return withoutEmpty({
    ...rest,
    name: made.name,
    ...(made.namespace === undefined ? {} : { namespace: made.namespace }),
    uid: made.uid,
    creationTimestamp: made.now,
    ...((made.generation ?? generation) === undefined ? {} : { generation: made.generation ?? generation }),
  });
}

function withoutEmpty(metadata: Record<string, unknown>): Record<string, unknown> {
  for (const member of ['labels', 'annotations'] as const) {
    const value = metadata[member];
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) delete metadata[member];
  }
  for (const member of ['finalizers', 'ownerReferences', 'managedFields'] as const) {
    const value = metadata[member];
    if (value === null || (Array.isArray(value) && value.length === 0)) delete metadata[member];
  }
  if (metadata.generateName === '') delete metadata.generateName;
  return metadata;
}
