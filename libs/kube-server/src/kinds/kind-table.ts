import { apiVersionOf, type KindDescriptor } from './descriptor.js';

export interface ServedGroup {
  readonly group: string;
  /** Newest first: GA before beta before alpha, higher numbers first. */
  readonly versions: readonly string[];
}

/** Which kinds are served now. Definitions add and remove kinds while the server runs. */
export class KindTable {
  readonly #builtIn: readonly KindDescriptor[];
  readonly #custom = new Map<string, readonly KindDescriptor[]>();
  #byResource = new Map<string, KindDescriptor>();
  #byKind = new Map<string, KindDescriptor>();
  #byStorage = new Map<string, KindDescriptor>();
  #all: readonly KindDescriptor[] = [];
  #groups: readonly ServedGroup[] = [];
  #generation = 0;

  constructor(builtIn: readonly KindDescriptor[]) {
    this.#builtIn = builtIn;
    this.#index();
  }

  /** Moves whenever the kinds change: what discovery and OpenAPI documents are cached by. */
  get generation(): number {
    return this.#generation;
  }

  byResource(group: string, version: string, plural: string): KindDescriptor | undefined {
    return this.#byResource.get(`${group}/${version}/${plural}`);
  }

  byKind(apiVersion: string, kind: string): KindDescriptor | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** Every kind in every served version. */
  all(): readonly KindDescriptor[] {
    return this.#all;
  }

  /** Kinds of a group in a version. */
  inVersion(group: string, version: string): readonly KindDescriptor[] {
    return this.all().filter((kind) => kind.group === group && kind.version === version);
  }

  /** The kind to read a storage resource by: the first that is stored there. */
  ofStorage(resource: string): KindDescriptor | undefined {
    return this.#byStorage.get(resource);
  }

  groups(): readonly ServedGroup[] {
    return this.#groups;
  }

  hasVersion(group: string, version: string): boolean {
    return this.#groups.some((served) => served.group === group && served.versions.includes(version));
  }

  /** Serves the kinds of a definition in place of those it had. */
  setCustom(definition: string, kinds: readonly KindDescriptor[]): void {
    if (kinds.length === 0) this.#custom.delete(definition);
    else this.#custom.set(definition, kinds);
    this.#index();
  }

  /** Forgets all definitions: the state is loaded again. */
  clearCustom(): void {
    this.#custom.clear();
    this.#index();
  }

  #index(): void {
    const kinds = [...this.#builtIn, ...[...this.#custom.values()].flat()];
    this.#byResource = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
    this.#byKind = new Map(kinds.map((kind) => [`${apiVersionOf(kind)}/${kind.kind}`, kind]));
    this.#all = [...this.#byResource.values()];
    this.#byStorage = new Map([...kinds].reverse().map((kind) => [kind.storage.resource, kind]));
    const versions = new Map<string, Set<string>>();
    for (const kind of kinds) versions.set(kind.group, (versions.get(kind.group) ?? new Set()).add(kind.version));
    this.#groups = [...versions].map(([group, served]) => ({ group, versions: [...served].sort(compareVersions) }));
    this.#generation += 1;
  }
}

/** Kubernetes' order of API versions: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name. */
export function compareVersions(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  for (const i of [0, 1, 2] as const) if (left[i] !== right[i]) return right[i] - left[i];
  return a < b ? -1 : Number(a > b);
}

function rank(version: string): readonly [stability: number, major: number, minor: number] {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parts === null) return [0, 0, 0];
  const stability = parts[2] === undefined ? 3 : parts[2] === 'beta' ? 2 : 1;
  return [stability, Number(parts[1]), Number(parts[3] ?? 0)];
}
