import type { Resource } from './resource.js';

/** How deep `$expand` asks to go: 0 without it. Source: DSP0266, 7.3.1. */
export function wantedLevels(query: URLSearchParams): number {
  const expand = query.get('$expand');
  if (expand === null) return 0;
  const levels = /\(\$levels=(\d+)\)/.exec(expand)?.[1];
  return Math.min(maxLevels, levels === undefined ? 1 : Number(levels));
}

const maxLevels = 2;

/**
 * Puts whole resources in place of references, but not those under `Links` nor parts of the tree elsewhere: only what
 * lies below the resource itself or is a member of the collection.
 */
export function expanded(resource: Resource, levels: number, find: (path: string) => Resource | undefined): Resource {
  if (levels === 0) return resource;
  const members = Object.entries(resource).map(([name, value]) => [
    name,
    name === 'Links' ? value : put(value, levels, find),
  ]);
  return { ...Object.fromEntries(members), '@odata.id': resource['@odata.id'], '@odata.type': resource['@odata.type'] };
}

function put(value: unknown, levels: number, find: (path: string) => Resource | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => put(item, levels, find));
  const path = referenced(value);
  const target = path === undefined ? undefined : find(path);
  return target === undefined ? value : expanded(target, levels - 1, find);
}

function referenced(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const path: unknown = Reflect.get(value, '@odata.id');
  return typeof path === 'string' && Object.keys(value).length === 1 ? path : undefined;
}
