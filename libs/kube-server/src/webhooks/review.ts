import type { KindDescriptor } from '../kinds/descriptor.js';
import type { HookedWrite, ShownKind } from '../registry/hooks.js';
import { asText, isObject } from '../schema/schema.js';
import { ApiError, type StatusDetails } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';

export interface Asked {
  readonly uid: string;
  readonly write: HookedWrite;
  /** The version in which the webhook sees the object. */
  readonly kind: KindDescriptor;
  readonly object: Draft | undefined;
  readonly oldObject: Draft | undefined;
}

/** `request` of an AdmissionReview (admission.k8s.io/v1). */
export function requestOf({ uid, write, kind, object, oldObject }: Asked): Draft {
  const { call, operation, name, subresource, dryRun } = write;
  const { user } = call;
  const part = subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource };
  return {
    uid,
    kind: groupKind(write.shownAs ?? kind),
    resource: groupResource(kind),
    requestKind: groupKind(write.shownAs ?? call.kind),
    requestResource: groupResource(call.kind),
    ...part,
    ...(name === '' ? {} : { name }),
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun,
    options: optionsOf(write),
  };
}

function groupKind({ group, version, kind }: ShownKind): Draft {
  return { group, version, kind };
}

function groupResource({ group, version, plural }: KindDescriptor): Draft {
  return { group, version, resource: plural };
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

function optionsOf({ operation, call, dryRun }: HookedWrite): Draft {
  const { fieldManager, fieldValidation } = call.query;
  return {
    kind: optionKinds[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(operation === 'DELETE' || fieldManager === undefined ? {} : { fieldManager }),
    ...(operation === 'DELETE' || fieldValidation === undefined ? {} : { fieldValidation }),
  };
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** The operations of a JSON patch. */
  readonly patch: unknown;
  readonly status: Draft | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads an AdmissionReview that came back.
 *
 * @throws Error in the words of VerifyAdmissionResponse of k8s.io/apiserver
 */
export function verdictOf(review: unknown, uid: string, isMutating: boolean): Verdict {
  const { response, apiVersion, kind } = isObject(review) ? review : {};
  if (!isObject(response)) throw new Error('webhook response was absent');
  if (response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const given = versionAndKind(apiVersion, kind);
  const wanted = 'admission.k8s.io/v1, Kind=AdmissionReview';
  if (given !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${given}`);
  const { patch, patchType, status, warnings } = response;
  const hasPatch = typeof patch === 'string' && patch !== '';
  if (!isMutating && hasPatch) throw new Error('validating webhook may not return response.patch');
  const hasType = patchType !== undefined && patchType !== null;
  if (!isMutating && hasType) throw new Error('validating webhook may not return response.patchType');
  if (hasPatch && !hasType) throw new Error('webhook returned response.patch but not response.patchType');
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (hasType && patchType !== 'JSONPatch')
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  return {
    isAllowed: response.allowed === true,
    patch: hasPatch ? JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) : undefined,
    status: isObject(status) ? status : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  };
}

function versionAndKind(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  return `${version.includes('/') ? version : `/${version}`}, Kind=${typeof kind === 'string' ? kind : ''}`;
}

/** The answer to a request that a webhook refuses (ToStatusErr of k8s.io/apiserver: 400 unless the webhook says more). */
export function denial(name: string, status: Draft | undefined): ApiError {
  const { code, message, reason, details } = status ?? {};
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = [message, reason].find((text) => typeof text === 'string' && text !== '');
  return new ApiError(
    typeof code === 'number' && code >= 400 ? code : 400,
    typeof reason === 'string' && reason !== '' ? reason : undefined,
    why === undefined ? `${by} without explanation` : `${by}: ${asText(why)}`,
    isObject(details) ? (details as StatusDetails) : undefined,
  );
}

/** The object in another version of its kind. */
export function convertedTo(from: KindDescriptor, to: KindDescriptor, object: Draft): Draft {
  if (from === to) return object;
  const stored = from.storage.write?.(object) ?? object;
  return to.storage.read !== undefined && hasMetadata(stored) ? to.storage.read(stored) : stored;
}

function hasMetadata(object: Draft): object is Stored {
  return isObject(object.metadata);
}
