/** A Redfish resource as it came; nothing in it is believed before it is read through these functions. */
export type Resource = Readonly<Record<string, unknown>>;

export function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of members, or undefined. */
export function at(resource: Resource, ...path: readonly string[]): unknown {
  let value: unknown = resource;
  for (const member of path) {
    if (!isResource(value)) return undefined;
    value = value[member];
  }
  return value ?? undefined;
}

/** A text member that is not empty. */
export function textAt(resource: Resource, ...path: readonly string[]): string | undefined {
  const value = at(resource, ...path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

export function numberAt(resource: Resource, ...path: readonly string[]): number | undefined {
  const value = at(resource, ...path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function flagAt(resource: Resource, ...path: readonly string[]): boolean | undefined {
  const value = at(resource, ...path);
  return typeof value === 'boolean' ? value : undefined;
}

export function textsAt(resource: Resource, ...path: readonly string[]): readonly string[] {
  const value = at(resource, ...path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The `@odata.id` of a reference member. */
export function linkAt(resource: Resource, ...path: readonly string[]): string | undefined {
  return textAt(resource, ...path, '@odata.id');
}

/** Members of an array that are objects: references, or whole resources when the service expanded them. */
export function resourcesAt(resource: Resource, ...path: readonly string[]): readonly Resource[] {
  const value = at(resource, ...path);
  return Array.isArray(value) ? value.filter(isResource) : [];
}

/** True when a member of a collection is the whole resource rather than a reference to it. */
export function isExpanded(member: Resource): boolean {
  return Object.keys(member).some((name) => !name.startsWith('@odata.'));
}
