import { applyConflict, mergeApply } from '../apply/apply.js';
import { apiVersionOf, kindText } from '../kinds/descriptor.js';
import { jsonPatch } from '../patch/json-patch.js';
import { mergePatch } from '../patch/merge-patch.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { duplicatesOf } from '../schema/duplicates.js';
import { asText, isObject } from '../schema/schema.js';
import {
  alreadyExists,
  ApiError,
  badRequest,
  conflict,
  fieldRequired,
  invalid,
  modified,
  notFound,
  rulesNotChecked,
} from '../status/status.js';
import { type Draft, frozenCopy, type Stored } from '../storage/stored.js';
import { admitCreation, admitUpdate, type Part, requireNamespace, versionMissing } from './admit.js';
import { type Call, headOf, type Registry, timestamp, type Written } from './context.js';
import { cleaned, decodeObject, patchRefused } from './decode.js';
import { generatedName } from './generate-name.js';
import { replanned } from './hooks.js';
import { metaOf } from './metadata.js';
import { type WriteOptions, writeOptions } from './options.js';

/** POST: a new object, named by itself or by its generateName. */
export async function createObject(registry: Registry, call: Call, body: unknown): Promise<Written> {
  const { kind } = call;
  const options = writeOptions('CreateOptions', call.query, call.userAgent);
  const decoded = decodeObject(kind, frozenCopy(body), registry.kinds);
  const metadata = metaOf(decoded);
  if (
    kind.namespaced &&
    metadata.namespace !== undefined &&
    metadata.namespace !== '' &&
    metadata.namespace !== call.namespace
  ) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '')
    throw new ApiError(500, undefined, 'resourceVersion should not be set on objects to be created');
  const name = newName(registry, call, metadata);
  requireNamespace(registry, kind, call.namespace, name);
  const object = cleaned(kind, decoded, {
    fieldValidation: options.fieldValidation,
    via: 'body',
    warn: (text) => call.warnings.push(text),
    duplicates: duplicatesOf(body),
  });
  const isTaken = headOf(registry, call, name) !== undefined;
  const proposal = { object, options, part: 'main', subresource: '', isTracked: false, isTaken } as const;
  return replanned(
    () => admitCreation(registry, call, name, proposal),
    () => alreadyExists(kind, name),
    1,
  );
}

function newName(registry: Registry, call: Call, metadata: Record<string, unknown>): string {
  if (typeof metadata.name === 'string' && metadata.name !== '') return metadata.name;
  if (typeof metadata.generateName !== 'string' || metadata.generateName === '') {
    throw invalid(call.kind, '', [
      fieldRequired('metadata.name', 'name or generateName is required'),
      ...(call.kind.strategy.hasRules === true ? [rulesNotChecked] : []),
    ]);
  }
  for (;;) {
    const name = generatedName(metadata.generateName, registry.random);
    if (headOf(registry, call, name) === undefined) return name;
  }
}

/** PUT: the whole object, or the part of a subresource. */
export function replaceObject(
  registry: Registry,
  call: Call,
  name: string,
  part: Part,
  body: unknown,
): Promise<Written> {
  return replanned(
    () => planReplacement(registry, call, name, part, body),
    () => modified(call.kind, name),
  );
}

async function planReplacement(
  registry: Registry,
  call: Call,
  name: string,
  part: Part,
  body: unknown,
): Promise<Written> {
  const { kind } = call;
  const options = writeOptions('UpdateOptions', call.query, call.userAgent);
  const decoded = decodeObject(kind, frozenCopy(body), registry.kinds);
  requireOwnName(call, name, metaOf(decoded));
  const object = cleaned(kind, decoded, {
    fieldValidation: options.fieldValidation,
    via: 'body',
    warn: (text) => call.warnings.push(text),
    duplicates: duplicatesOf(body),
  });
  const before = headOf(registry, call, name);
  const subresource = part === 'status' ? 'status' : '';
  if (before === undefined) {
    if (part !== 'main' || kind.strategy.createsOnUpdate !== true) throw notFound(kind, name);
    requireNamespace(registry, kind, call.namespace, name);
    return admitCreation(registry, call, name, { object, options, part, subresource, isTracked: false });
  }
  const { resourceVersion, uid } = metaOf(object);
  const needsVersion = kind.custom || kind.strategy.needsVersionOnUpdate === true;
  if ((resourceVersion === undefined || resourceVersion === '') && needsVersion) throw versionMissing(kind, name);
  if (uid !== undefined && uid !== '' && uid !== before.metadata.uid)
    throw uidConflict(call, name, asText(uid), before.metadata.uid);
  return admitUpdate(registry, call, before, { object, options, part, subresource, isTracked: false });
}

function requireOwnName(call: Call, name: string, metadata: Record<string, unknown>): void {
  if (metadata.name === undefined || metadata.name === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name)
    throw badRequest(`the name of the object (${asText(metadata.name)}) does not match the name on the URL (${name})`);
  const { namespace } = metadata;
  if (!call.kind.namespaced || namespace === undefined || namespace === '' || namespace === call.namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function uidConflict(call: Call, name: string, given: string, actual: string): ApiError {
  const { kind, namespace } = call;
  const key = ['/registry', resourcePath(kind), ...(namespace === undefined ? [] : [namespace]), name].join('/');
  const why = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${actual}`;
  return conflict(
    kind,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

function resourcePath({ group, plural, custom }: Call['kind']): string {
  return custom ? `${group}/${plural}` : plural;
}

export type PatchType = 'merge' | 'strategic' | 'json' | 'apply';

/** PATCH in any of its four forms. An apply on a name that does not exist creates it. */
export function patchObject(
  registry: Registry,
  call: Call,
  name: string,
  part: Part,
  type: PatchType,
  body: unknown,
): Promise<Written> {
  return replanned(
    () => planPatch(registry, call, name, part, type, body),
    () => modified(call.kind, name),
  );
}

async function planPatch(
  registry: Registry,
  call: Call,
  name: string,
  part: Part,
  type: PatchType,
  body: unknown,
): Promise<Written> {
  const options = writeOptions('PatchOptions', call.query, call.userAgent, type === 'apply' ? 'apply' : 'other');
  const before = headOf(registry, call, name);
  const patch = frozenCopy(body);
  if (type === 'apply') return applyObject(registry, call, name, part, patch, before, options);
  if (before === undefined) throw notFound(call.kind, name);
  const patched = patchedBy(type, call, before, patch);
  const decoded = decodePatched(call, patched);
  requireOwnName(call, name, metaOf(decoded));
  const object = cleaned(
    call.kind,
    decoded,
    { fieldValidation: options.fieldValidation, via: 'patch', warn: (text) => call.warnings.push(text) },
    before,
  );
  return admitUpdate(registry, call, before, {
    object,
    options,
    part,
    subresource: part === 'status' ? 'status' : '',
    isTracked: false,
  });
}

/** What a patch has made is refused in other words than what was sent. */
function decodePatched({ kind }: Call, patched: Draft): Draft {
  try {
    return decodeObject(kind, patched);
  } catch (error) {
    if (kind.custom || !(error instanceof ApiError) || error.code !== 400) throw error;
    throw patchRefused(patched, error.message.replace(/^\S+ in version "[^"]*" cannot be handled as a \S+: /, ''));
  }
}

function patchedBy(type: Exclude<PatchType, 'apply'>, call: Call, before: Stored, patch: unknown): Draft {
  const patched =
    type === 'merge'
      ? mergePatch(before, patch)
      : type === 'json'
        ? frozenCopy(jsonPatch(before, patch))
        : strategicMergePatch(call.kind.schema, before, patch);
  if (!isObject(patched))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  return patched;
}

async function applyObject(
  registry: Registry,
  call: Call,
  name: string,
  part: Part,
  body: unknown,
  before: Stored | undefined,
  options: WriteOptions,
): Promise<Written> {
  const { kind } = call;
  const config = decodeApplied(call, name, body);
  if (before === undefined && part !== 'main') throw notFound(kind, name);
  const { resourceVersion, uid } = metaOf(config);
  if (before === undefined) requireNamespace(registry, kind, call.namespace, name);
  if (before === undefined && typeof resourceVersion === 'string' && resourceVersion !== '') throw modified(kind, name);
  if (
    before !== undefined &&
    typeof resourceVersion === 'string' &&
    resourceVersion !== '' &&
    resourceVersion !== before.metadata.resourceVersion
  )
    throw modified(kind, name);
  if (before === undefined && uid !== undefined && uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${asText(uid)}, and no existing object was found`;
    throw conflict(kind, name, why);
  }
  const subresource = part === 'status' ? 'status' : '';
  const { object, conflicts } = mergeApply({
    schema: kind.schema,
    live: before,
    applied: partOf(kind.hasStatus, part, config),
    manager: options.manager,
    givenNamespace: isObject(body) ? asText(metaOf(body).namespace) : '',
    apiVersion: apiVersionOf(kind),
    subresource,
    force: options.force,
    now: timestamp(registry),
  });
  if (conflicts.length > 0) throw applyConflict(conflicts);
  const how = { fieldValidation: 'Ignore', via: 'patch', warn: () => undefined, keepsNulls: true } as const;
  const filled = cleaned(kind, object, how, before);
  const proposal = { object: filled, options, part, subresource, isTracked: true };
  return before === undefined
    ? admitCreation(registry, call, name, proposal)
    : admitUpdate(registry, call, before, proposal);
}

function decodeApplied(call: Call, name: string, body: unknown): Draft {
  const { kind } = call;
  if (!isObject(body)) throw badRequest('error decoding YAML: the configuration to apply must be an object');
  if (body.kind !== kind.kind)
    throw badRequest(`invalid object type: ${kindText(asText(body.apiVersion), asText(body.kind))}`);
  if (body.apiVersion !== apiVersionOf(kind))
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${asText(body.apiVersion ?? '')}, expected: ${apiVersionOf(kind)}`,
    );
  const metadata = metaOf(body);
  if (Array.isArray(metadata.managedFields) && metadata.managedFields.length > 0)
    throw badRequest('metadata.managedFields must be nil');
  const named = { name, ...(kind.namespaced ? { namespace: call.namespace } : {}) };
  requireOwnName(call, name, { ...named, ...metadata });
  const { managedFields: _fields, ...rest } = metadata;
  return { ...body, metadata: { ...rest, ...named } };
}

/** What an endpoint may not set is not applied: status through the main resource, all else through status. */
function partOf(hasStatus: boolean, part: Part, config: Draft): Draft {
  if (part === 'status') {
    const { apiVersion, kind, metadata, status } = config;
    const { name, namespace } = isObject(metadata) ? metadata : {};
    return {
      apiVersion,
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      ...(status === undefined ? {} : { status }),
    };
  }
  if (!hasStatus || config.status === undefined) return config;
  const { status: _status, ...rest } = config;
  return rest;
}
