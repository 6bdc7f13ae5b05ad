import type { KindDescriptor } from '../kinds/descriptor.js';

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** A query parameter of an operation. */
export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

export interface Operation {
  readonly method: Method;
  /** `x-kubernetes-action`. */
  readonly action: string;
  readonly parameters: readonly QueryParameter[];
}

export interface PathOperations {
  readonly path: string;
  /** Names of the parameters in the path. */
  readonly pathParameters: readonly string[];
  readonly operations: readonly Operation[];
}

const dryRun: QueryParameter = {
  name: 'dryRun',
  type: 'string',
  description: 'When present, indicates that modifications should not be persisted. Valid values are: All',
};
const fieldManager: QueryParameter = {
  name: 'fieldManager',
  type: 'string',
  description: 'The name of the actor or entity that is making these changes.',
};
const fieldValidation: QueryParameter = {
  name: 'fieldValidation',
  type: 'string',
  description: 'How the server treats unknown and duplicate fields: Ignore, Warn or Strict.',
};
const force: QueryParameter = {
  name: 'force',
  type: 'boolean',
  description: 'Takes conflicting fields over from other managers. Only for apply patches.',
};

const selection: readonly QueryParameter[] = [
  { name: 'labelSelector', type: 'string', description: 'Restricts the objects by their labels.' },
  { name: 'fieldSelector', type: 'string', description: 'Restricts the objects by their fields.' },
];
const reading: readonly QueryParameter[] = [
  ...selection,
  { name: 'limit', type: 'integer', description: 'The most objects in one answer.' },
  { name: 'continue', type: 'string', description: 'Where to go on: the token of the last answer.' },
  { name: 'resourceVersion', type: 'string', description: 'The point in time to read from.' },
  { name: 'resourceVersionMatch', type: 'string', description: 'How resourceVersion is meant.' },
  { name: 'watch', type: 'boolean', description: 'Streams changes instead.' },
  { name: 'allowWatchBookmarks', type: 'boolean', description: 'Asks for bookmarks in a watch.' },
  { name: 'sendInitialEvents', type: 'boolean', description: 'Begins a watch with what exists.' },
  { name: 'timeoutSeconds', type: 'integer', description: 'How long a watch may last.' },
];
const writing = [dryRun, fieldManager, fieldValidation];
const removing: readonly QueryParameter[] = [
  dryRun,
  { name: 'gracePeriodSeconds', type: 'integer', description: 'Seconds before the object is deleted.' },
  {
    name: 'propagationPolicy',
    type: 'string',
    description: 'What becomes of dependents: Orphan, Background or Foreground.',
  },
];

/**
 * The paths of a kind. kubectl looks for the PATCH of an object and its parameters fieldValidation and dryRun before it
 * leaves validation to the server, and for the GET of a collection to find the schema of a resource.
 */
export function pathsOf(kind: KindDescriptor): readonly PathOperations[] {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced ? '/namespaces/{namespace}' : '';
  const pathParameters = kind.namespaced ? ['namespace'] : [];
  const collection = `${root}${scope}/${kind.plural}`;
  const named = [...pathParameters, 'name'];
  const parts = kind.hasStatus
    ? [{ path: `${collection}/{name}/status`, pathParameters: named, operations: partOperations }]
    : [];
  const across = kind.namespaced ? [{ path: `${root}/${kind.plural}`, pathParameters: [], operations: [list] }] : [];
  return [
    { path: collection, pathParameters, operations: collectionOperations },
    { path: `${collection}/{name}`, pathParameters: named, operations: objectOperations },
    ...parts,
    ...across,
  ];
}

const list: Operation = { method: 'get', action: 'list', parameters: reading };
const get: Operation = { method: 'get', action: 'get', parameters: [] };
const put: Operation = { method: 'put', action: 'put', parameters: writing };
const patch: Operation = { method: 'patch', action: 'patch', parameters: [...writing, force] };

const collectionOperations: readonly Operation[] = [
  list,
  { method: 'post', action: 'post', parameters: writing },
  { method: 'delete', action: 'deletecollection', parameters: [...removing, ...selection] },
];
const objectOperations: readonly Operation[] = [
  get,
  put,
  patch,
  { method: 'delete', action: 'delete', parameters: removing },
];
const partOperations: readonly Operation[] = [get, put, patch];

/** Media types of patches that documents name. Strategic ones are left out, so that kubectl uses the merge keys it has built in. */
export const patchMediaTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
] as const;
