import { allKinds, apiVersionOf, builtinKinds, type Kind, type KubeObject, type ObjectKey } from '@keelson/api';
import { terminal } from '@keelson/std';
import { requireNamespace } from '../doing.js';

/** The path of a collection: of one namespace, or of all when none is given. */
export function collectionPath(kind: Kind, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const space =
    kind.scope === 'Namespaced' && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${space}/${kind.plural}`;
}

/** @throws Failure terminal when the kind is namespaced and the key names no namespace */
export function objectPath(kind: Kind, key: ObjectKey, subresource?: string): string {
  requireNamespace(kind, key);
  return `${collectionPath(kind, key.namespace)}/${encodeURIComponent(key.name)}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** What a discovery document says of a resource. */
export interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const declared: ReadonlyMap<string, Kind> = new Map(
  [...builtinKinds, ...allKinds].map((kind) => [`${apiVersionOf(kind)}/${kind.kind}`, kind]),
);

/**
 * Which kind an object is of. Kinds that `libs/api` declares are known; what the server serves beyond them is asked once
 * a group-version.
 */
export class Resources {
  readonly #discover: (path: string) => Promise<readonly DiscoveredResource[]>;
  readonly #found = new Map<string, Kind>();

  constructor(discover: (path: string) => Promise<readonly DiscoveredResource[]>) {
    this.#discover = discover;
  }

  /** @throws Failure terminal, reason `UnknownKind`, when the server does not serve it */
  async kindOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<Kind> {
    const id = `${object.apiVersion}/${object.kind}`;
    const known = declared.get(id) ?? this.#found.get(id);
    if (known !== undefined) return known;
    await this.#ask(object.apiVersion);
    const found = this.#found.get(id);
    if (found === undefined)
      throw terminal(`the API server does not serve the kind ${object.kind} of ${object.apiVersion}`, {
        reason: 'UnknownKind',
      });
    return found;
  }

  async #ask(apiVersion: string): Promise<void> {
    const [first = '', second] = apiVersion.split('/');
    const [group, version] = second === undefined ? ['', first] : [first, second];
    const resources = await this.#discover(group === '' ? `/api/${version}` : `/apis/${group}/${version}`);
    for (const { name, kind, namespaced } of resources) {
      if (name.includes('/')) continue;
      const hasStatus = resources.some((other) => other.name === `${name}/status`);
      this.#found.set(`${apiVersion}/${kind}`, {
        group,
        version,
        kind,
        plural: name,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        hasStatus,
      });
    }
  }
}
