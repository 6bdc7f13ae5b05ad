import { createHash } from 'node:crypto';
import { type KindDescriptor, resourceId } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import { type Review, reviews } from './reviews.js';

/** A resource as every form of discovery tells of it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly custom: boolean;
  /** What it is stored as, by which clients see that all servers agree. Absent of what is not stored. */
  readonly storageVersionHash?: string;
}

export interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface Group {
  readonly group: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
}

/** Everything that is served, by group and version; the core group first. */
export function servedGroups(kinds: KindTable): readonly Group[] {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const { group, versions } of kinds.groups())
    groups.set(group, new Map(versions.map((version) => [version, []])));
  for (const kind of kinds.all()) groups.get(kind.group)?.get(kind.version)?.push(resourceOfKind(kind));
  for (const review of reviews) {
    const versions = groups.get(review.group) ?? new Map<string, Resource[]>();
    groups.set(review.group, versions);
    versions.set(review.version, [...(versions.get(review.version) ?? []), resourceOfReview(review)]);
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions].map(([version, resources]) => ({ version, resources: sorted(resources) })),
  }));
}

function sorted(resources: readonly Resource[]): readonly Resource[] {
  return [...resources].sort((a, b) => (a.plural < b.plural ? -1 : Number(a.plural > b.plural)));
}

function resourceOfKind(kind: KindDescriptor): Resource {
  const { group, version, plural, singular, namespaced, verbs, shortNames, categories } = kind;
  return {
    group,
    version,
    kind: kind.kind,
    plural,
    singular,
    namespaced,
    verbs,
    shortNames,
    categories,
    subresources: subresourcesOf(kind),
    custom: kind.custom,
    storageVersionHash: hashOf(kind),
  };
}

/** discovery.StorageVersionHash of k8s.io/apiserver: group, version and kind that objects are stored in. */
function hashOf({ group, version, kind, storage }: KindDescriptor): string {
  const stored = storage.storedVersion ?? `${group}/${version}`;
  return createHash('sha256').update(`${stored}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function resourceOfReview({ group, version, kind, plural, singular, namespaced }: Review): Resource {
  return {
    group,
    version,
    kind,
    plural,
    singular,
    namespaced,
    verbs: ['create'],
    shortNames: [],
    categories: [],
    subresources: [],
    custom: false,
  };
}

const partVerbs = ['get', 'patch', 'update'];

/** Subresources of one kind only: what is done with an object rather than a part of it. */
const particulars: Readonly<Record<string, readonly Subresource[]>> = {
  namespaces: [{ name: 'finalize', group: '', version: 'v1', kind: 'Namespace', verbs: ['update'] }],
  serviceaccounts: [
    { name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
  ],
  pods: [
    { name: 'binding', group: '', version: 'v1', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'log', group: '', version: 'v1', kind: 'Pod', verbs: ['get'] },
  ],
};

function subresourcesOf(kind: KindDescriptor): readonly Subresource[] {
  const { group, version } = kind;
  const scale: Subresource = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: partVerbs };
  const status: Subresource = { name: 'status', group, version, kind: kind.kind, verbs: partVerbs };
  return [
    ...(particulars[resourceId(kind)] ?? []),
    ...(kind.custom && kind.hasStatus ? [status] : []),
    ...(kind.scale === undefined ? [] : [scale]),
    ...(!kind.custom && kind.hasStatus ? [status] : []),
  ];
}
