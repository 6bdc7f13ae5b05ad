/**
 * A set of field paths as a tree. Path elements are the keys of FieldsV1: `f:name`, `k:{"key":…}`, `v:<json>`. Trees are
 * never changed once made, so they may be shared.
 */
export interface FieldSet {
  /** Whether the path that ends here belongs to the set. */
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const noChildren: ReadonlyMap<string, FieldSet> = new Map();
export const emptySet: FieldSet = { isMember: false, children: noChildren };
export const leaf: FieldSet = { isMember: true, children: noChildren };

const mostElements = 20_000;
const elements = new Map<string, string>();

/** The path element of a member. Every write names the same few hundred: their texts, and the hashes of those, are kept. */
export function fieldElement(name: string): string {
  let element = elements.get(name);
  if (element === undefined) {
    if (elements.size >= mostElements) elements.clear();
    elements.set(name, (element = `f:${name}`));
  }
  return element;
}

export function isEmptySet(set: FieldSet): boolean {
  return !set.isMember && set.children.size === 0;
}

/** A tree of children; empty ones are left out. */
export function nodeOf(isMember: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [element, child] of children) if (!isEmptySet(child)) kept.set(element, child);
  if (kept.size === 0) return isMember ? leaf : emptySet;
  return { isMember, children: kept };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const own = children.get(element);
    children.set(element, own === undefined ? child : union(own, child));
  }
  return { isMember: a.isMember || b.isMember, children };
}

/** Members of a that are no members of b. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  const children = [...a.children].map(([element, child]): [string, FieldSet] => {
    const other = b.children.get(element);
    return [element, other === undefined ? child : difference(child, other)];
  });
  return nodeOf(a.isMember && !b.isMember, children);
}

/** Members of a that neither are members of b nor lie below one. */
export function withoutBelow(a: FieldSet, b: FieldSet): FieldSet {
  if (b.isMember) return emptySet;
  if (b.children.size === 0) return a;
  const children = [...a.children].map(([element, child]): [string, FieldSet] => {
    const other = b.children.get(element);
    return [element, other === undefined ? child : withoutBelow(child, other)];
  });
  return nodeOf(a.isMember, children);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children: [string, FieldSet][] = [];
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other !== undefined) children.push([element, intersection(child, other)]);
  }
  return nodeOf(a.isMember && b.isMember, children);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.isMember !== b.isMember || a.children.size !== b.children.size) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other === undefined || !equalSets(child, other)) return false;
  }
  return true;
}

/** Every member's path, in order. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const children = [...set.children].sort(byElement);
  return [
    ...children.filter(([, child]) => child.isMember).map(([element]) => [...prefix, element]),
    ...children.flatMap(([element, child]) => pathsOf(child, [...prefix, element])),
  ];
}

/** FieldsV1 of a set. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  if (set.isMember && set.children.size > 0) json['.'] = {};
  for (const [element, child] of [...set.children].sort(byElement)) json[element] = toFieldsV1(child);
  return json;
}

/** The set of FieldsV1; undefined when it is none. */
export function fromFieldsV1(json: unknown): FieldSet | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const known = decoded.get(json);
  if (known !== undefined) return known;
  const children: [string, FieldSet][] = [];
  let isMember = Object.keys(json).length === 0;
  for (const [element, below] of Object.entries(json)) {
    if (element === '.') {
      isMember = true;
      continue;
    }
    const child = /^[fkvi]:/.test(element) ? fromFieldsV1(below) : undefined;
    if (child === undefined) return undefined;
    children.push([element, child]);
  }
  const set = nodeOf(isMember, children);
  if (Object.isFrozen(json)) decoded.set(json, set);
  return set;
}

/** Stored FieldsV1 never change, and every write reads them. */
const decoded = new WeakMap<object, FieldSet>();

function byElement(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

/** `.spec.ports[port=1,protocol="TCP"].name`, as errors and conflicts print paths. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

export function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
