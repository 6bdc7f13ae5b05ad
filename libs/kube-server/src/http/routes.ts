/** What a path means. Nothing is known yet of whether the group, the resource or the object exists. */
export type Route =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'groups'; readonly legacy: boolean }
  | { readonly type: 'group'; readonly group: string }
  | { readonly type: 'version'; readonly group: string; readonly version: string }
  | ResourceRoute;

export interface ResourceRoute {
  readonly type: 'resource';
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  /** `status`, or a deeper path such as `proxy/x`. */
  readonly subresource: string | undefined;
  /** The path is of the old form that watches. */
  readonly isWatch?: true;
}

/** Subresources of a namespace itself; anything else behind its name is a resource in it. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * Reads a path without its query. As in kube-apiserver percent escapes are read first, so that one of a slash divides, and
 * the old form `/api/v1/watch/…` is a path like others.
 *
 * @throws URIError when a percent escape is none
 */
export function routeOf(path: string): Route {
  const [, ...parts] = decodeURIComponent(path).split('/');
  if (parts.at(-1) === '') parts.pop();
  const [root, ...rest] = parts;
  if (root === 'api') return rest.length === 0 ? { type: 'groups', legacy: true } : versioned('', rest);
  if (root !== 'apis') return { type: 'path', path };
  const [group, ...below] = rest;
  if (group === undefined) return { type: 'groups', legacy: false };
  return below.length === 0 ? { type: 'group', group } : versioned(group, below);
}

function versioned(group: string, parts: readonly string[]): Route {
  const [version = '', watch, ...watched] = parts;
  if (watch === 'watch' && watched.length > 0) {
    const route = versioned(group, [version, ...watched]);
    return route.type === 'resource' ? { ...route, isWatch: true } : route;
  }
  const [, first, second, third, ...rest] = parts;
  if (first === undefined) return { type: 'version', group, version };
  const base = { type: 'resource', group, version } as const;
  const isNamespaceItself =
    third === undefined || (group === '' && rest.length === 0 && namespaceSubresources.has(third));
  if (first === 'namespaces' && second !== undefined && !isNamespaceItself) {
    return { ...base, namespace: second, plural: third, name: rest[0], subresource: joined(rest.slice(1)) };
  }
  const namespace = first === 'namespaces' ? second : undefined;
  return {
    ...base,
    namespace,
    plural: first,
    name: second,
    subresource: joined(third === undefined ? [] : [third, ...rest]),
  };
}

function joined(parts: readonly string[]): string | undefined {
  return parts.length === 0 ? undefined : parts.join('/');
}
