import type { Group, Resource } from './resources.js';

export type AggregatedVersion = 'v2' | 'v2beta1';

/** apidiscovery.k8s.io APIGroupDiscoveryList: everything about the groups in one document. v2 and v2beta1 differ in name only. */
export function aggregated(version: AggregatedVersion, groups: readonly Group[]): Record<string, unknown> {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(groupOf),
  };
}

function groupOf({ group, versions }: Group): Record<string, unknown> {
  return {
    metadata: group === '' ? {} : { name: group },
    versions: versions.map(({ version, resources }) => ({
      version,
      resources: resources.map(resourceOf),
      freshness: 'Current',
    })),
  };
}

function resourceOf(resource: Resource): Record<string, unknown> {
  const { plural, singular, namespaced, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: kindOf(resource, resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((part) => ({
            subresource: part.name,
            responseKind: kindOf(resource, part),
            verbs: part.verbs,
          })),
        }),
  };
}

/** Kinds of Kubernetes in the group and version they are told of in are named without both. */
function kindOf(resource: Resource, shown: Pick<Resource, 'group' | 'version' | 'kind'>): Record<string, string> {
  const isOwn = !resource.custom && shown.group === resource.group && shown.version === resource.version;
  return isOwn
    ? { group: '', version: '', kind: shown.kind }
    : { group: shown.group, version: shown.version, kind: shown.kind };
}
