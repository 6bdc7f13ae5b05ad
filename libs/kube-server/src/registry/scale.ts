import { compileJsonPath } from '../jsonpath/json-path.js';
import { applyConflict, type Conflict, mergeApply } from '../apply/apply.js';
import { typedErrors } from '../apply/typed.js';
import { apiVersionOf, type KindDescriptor, type ScalePaths } from '../kinds/descriptor.js';
import { jsonPatch } from '../patch/json-patch.js';
import { mergePatch } from '../patch/merge-patch.js';
import { asText, isObject, type StructuralSchema } from '../schema/schema.js';
import { ApiError, badRequest, fieldInvalid, invalid, modified, notFound } from '../status/status.js';
import { type Draft, frozenCopy, type Stored } from '../storage/stored.js';
import { admitUpdate, isStored } from './admit.js';
import { type Call, headOf, readAs, type Registry, timestamp, type Written } from './context.js';
import { patchRefused } from './decode.js';
import { type HookView, replanned } from './hooks.js';
import { metaOf } from './metadata.js';
import { writeOptions } from './options.js';
import type { PatchType } from './write.js';

/** GET of /scale: the size of an object, as autoscaling/v1. */
export function getScale(registry: Registry, call: Call, name: string): Draft {
  const paths = pathsOf(call.kind, name);
  const stored = registry.store.get(call.kind.storage.resource, call.namespace ?? '', name);
  if (stored === undefined) throw notFound(call.kind, name);
  return scaleOf(paths, readAs(call.kind, stored));
}

/** PUT of /scale. The answer's object is the new Scale. */
export function replaceScale(registry: Registry, call: Call, name: string, body: unknown): Promise<Written> {
  return replanned(
    () => planReplacement(registry, call, name, body),
    () => modified(call.kind, name),
  );
}

async function planReplacement(registry: Registry, call: Call, name: string, body: unknown): Promise<Written> {
  const paths = pathsOf(call.kind, name);
  const before = headOf(registry, call, name);
  if (before === undefined) throw notFound(call.kind, name);
  return writeScale(registry, call, before, paths, frozenCopy(body), 'UpdateOptions');
}

/** PATCH of /scale in any form; a strategic one is the same as a merge, for a Scale has no lists. */
export function patchScale(
  registry: Registry,
  call: Call,
  name: string,
  type: PatchType,
  body: unknown,
): Promise<Written> {
  return replanned(
    () => planPatch(registry, call, name, type, body),
    () => modified(call.kind, name),
  );
}

async function planPatch(
  registry: Registry,
  call: Call,
  name: string,
  type: PatchType,
  body: unknown,
): Promise<Written> {
  const paths = pathsOf(call.kind, name);
  const before = headOf(registry, call, name);
  if (before === undefined) throw notFound(call.kind, name);
  if (type === 'apply') return applyScale(registry, call, before, paths, frozenCopy(body));
  const now = scaleOf(paths, before);
  const patched = type === 'json' ? jsonPatch(now, body) : mergePatch(now, body);
  return writeScale(registry, call, before, paths, patched, 'PatchOptions');
}

/** What a Scale says of replicas is owned in the object it scales, under the subresource. */
async function applyScale(
  registry: Registry,
  call: Call,
  before: Stored,
  paths: ScalePaths,
  body: unknown,
): Promise<Written> {
  const { kind } = call;
  const options = writeOptions('PatchOptions', call.query, call.userAgent, 'apply');
  const replicas = appliedReplicas(kind, body, before.metadata.name);
  const { name, namespace } = before.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const named: Draft = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  const { object, conflicts } = mergeApply({
    schema: kind.schema,
    live: before,
    applied: replicas === undefined ? named : withReplicas(paths, named, replicas),
    manager: options.manager,
    givenNamespace: namespace ?? '',
    apiVersion: apiVersionOf(kind),
    subresource: 'scale',
    force: options.force,
    now: timestamp(registry),
  });
  if (conflicts.length > 0) throw applyConflict(conflicts.map(inScale));
  const now = scaleOf(paths, before).spec;
  // Who gives the number up leaves it as it is: a scale without one makes no sense.
  const size = replicas ?? (isObject(now) ? Number(now.replicas) : 0);
  const written = await admitUpdate(registry, call, before, {
    object: withReplicas(paths, object, size),
    options,
    part: 'main',
    subresource: 'scale',
    isTracked: true,
    view: scaleView(kind, paths),
  });
  return { status: 200, object: scaleOf(paths, written.object) };
}

const scaleSchema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

function appliedReplicas(scaled: KindDescriptor, body: unknown, name: string): number | undefined {
  if (!isObject(body)) throw badRequest('error decoding YAML: the configuration to apply must be an object');
  const { apiVersion = '', kind = '' } = body;
  if (apiVersion !== 'autoscaling/v1' || kind !== 'Scale')
    throw badRequest(`invalid object type: ${asText(apiVersion)}, Kind=${asText(kind)}`);
  const [wrong] = typedErrors(scaleSchema, body);
  const id = `(${asText(metaOf(body).namespace)}/${name}; autoscaling/v1, Kind=Scale)`;
  if (wrong !== undefined) throw new ApiError(500, undefined, `failed to create typed patch object ${id}: ${wrong}`);
  return isObject(body.spec) && body.spec.replicas !== undefined
    ? replicasOf(scaled, body, name, 'PatchOptions')
    : undefined;
}

/** A conflict as the writer of a Scale sees it. */
function inScale({ manager }: Conflict): Conflict {
  return { manager: { ...manager, apiVersion: 'autoscaling/v1' }, path: ['f:spec', 'f:replicas'] };
}

async function writeScale(
  registry: Registry,
  call: Call,
  before: Stored,
  paths: ScalePaths,
  body: unknown,
  kind: 'UpdateOptions' | 'PatchOptions',
): Promise<Written> {
  const options = writeOptions(kind, call.query, call.userAgent, kind === 'PatchOptions' ? 'other' : undefined);
  if (!isObject(body)) throw badRequest('the Scale provided is not an object');
  const replicas = replicasOf(call.kind, body, before.metadata.name, kind);
  const { resourceVersion } = metaOf(body);
  const metadata =
    typeof resourceVersion === 'string' && resourceVersion !== ''
      ? { ...before.metadata, resourceVersion }
      : before.metadata;
  const object = withReplicas(paths, { ...before, metadata }, replicas);
  const written = await admitUpdate(registry, call, before, {
    object,
    options,
    part: 'main',
    subresource: 'scale',
    isTracked: false,
    view: scaleView(call.kind, paths),
  });
  return { status: 200, object: scaleOf(paths, written.object) };
}

/** Admission webhooks see a Scale, as its writer does. */
function scaleView(kind: KindDescriptor, paths: ScalePaths): HookView {
  return {
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    show: (object) => (isStored(object) ? scaleOf(paths, object) : object),
    take: (object, shown) =>
      withReplicas(paths, object, replicasOf(kind, shown, asText(metaOf(object).name), 'PatchOptions')),
  };
}

function withReplicas({ specReplicasPath }: ScalePaths, object: Draft, replicas: number): Draft {
  return withPath(object, specReplicasPath.replace(/^\./, '').split('.'), replicas);
}

/** Objects of custom kinds are judged as a whole, by their schema; of workloads only the number is. */
function replicasOf(
  kind: KindDescriptor,
  scale: Draft,
  name: string,
  options: 'UpdateOptions' | 'PatchOptions',
): number {
  const replicas = isObject(scale.spec) ? (scale.spec.replicas ?? 0) : 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const found = typeof replicas === 'boolean' ? 'bool' : Array.isArray(replicas) ? 'array' : typeof replicas;
    const why = `json: cannot unmarshal ${found} into Go struct field ScaleSpec.spec.replicas of type int32`;
    if (options === 'PatchOptions') throw patchRefused(scale, why);
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${why}`);
  }
  if (replicas >= 0 || kind.custom) return replicas;
  throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [
    fieldInvalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ]);
}

function pathsOf(kind: KindDescriptor, name: string): ScalePaths {
  if (kind.scale === undefined) throw notFound(kind, name);
  return kind.scale;
}

function scaleOf(paths: ScalePaths, object: Stored): Stored & Draft {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector =
    paths.labelSelectorPath === undefined ? undefined : selectorText(firstAt(paths.labelSelectorPath, object));
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(firstAt(paths.specReplicasPath, object) ?? 0) },
    status: {
      replicas: Number(firstAt(paths.statusReplicasPath, object) ?? 0),
      ...(selector === undefined || selector === '' ? {} : { selector }),
    },
  };
}

function firstAt(path: string, object: Stored): unknown {
  return compileJsonPath(path)(object)[0];
}

/** Custom kinds keep the text of a selector, workloads a LabelSelector. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (!isObject(selector)) return undefined;
  const equal = Object.entries(isObject(selector.matchLabels) ? selector.matchLabels : {}).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const expressions = (Array.isArray(selector.matchExpressions) ? selector.matchExpressions.filter(isObject) : []).map(
    expressionText,
  );
  return [...equal.sort(), ...expressions].join(',');
}

function expressionText({ key, operator, values }: Draft): string {
  const list = `(${(Array.isArray(values) ? values.map(String) : []).join(',')})`;
  switch (operator) {
    case 'Exists':
      return String(key);
    case 'DoesNotExist':
      return `!${String(key)}`;
    default:
      return `${String(key)} ${operator === 'NotIn' ? 'notin' : 'in'} ${list}`;
  }
}

function withPath(object: Draft, [name = '', ...rest]: readonly string[], value: unknown): Draft {
  const below = object[name];
  return { ...object, [name]: rest.length === 0 ? value : withPath(isObject(below) ? below : {}, rest, value) };
}
