import { apiVersionOf } from '../kinds/descriptor.js';
import type { Group, Resource } from './resources.js';

/** The forms that clients without aggregated discovery read: APIVersions, APIGroupList, APIGroup, APIResourceList. */

export function apiVersions(versions: readonly string[]): Record<string, unknown> {
  return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [] };
}

export function apiGroupList(groups: readonly Group[]): Record<string, unknown> {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ group }) => group !== '').map(groupOf) };
}

export function apiGroup(group: Group): Record<string, unknown> {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
}

/** The newest version is the preferred one. */
function groupOf({ group, versions }: Group): Record<string, unknown> {
  const named = versions.map(({ version }) => ({ groupVersion: apiVersionOf({ group, version }), version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}

export function apiResourceList(
  group: string,
  version: string,
  resources: readonly Resource[],
): Record<string, unknown> {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(entriesOf),
  };
}

function entriesOf(resource: Resource): Record<string, unknown>[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources, storageVersionHash } =
    resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(storageVersionHash === undefined ? {} : { storageVersionHash }),
  };
  const parts = subresources.map((part) => {
    const isOwn = part.group === resource.group && part.version === resource.version;
    const gv = isOwn ? {} : { group: part.group, version: part.version };
    return { name: `${plural}/${part.name}`, singularName: '', namespaced, ...gv, kind: part.kind, verbs: part.verbs };
  });
  return [main, ...parts];
}
