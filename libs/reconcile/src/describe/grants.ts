import type { Kind, PolicyRule } from '@keelson/api';

/** Where and on what a right holds. */
export interface Reach {
  /** Everywhere unless given. */
  readonly namespaces?: readonly string[] | undefined;
  /** On all objects unless given. */
  readonly names?: readonly string[] | undefined;
}

interface Right extends Reach {
  readonly group: string;
  readonly resource: string;
  readonly verbs: Set<string>;
}

/** Verbs by resource and reach, folded into the fewest rules. What holds everywhere is not said again for a namespace. */
export class Grants {
  /** By namespace, '' for everywhere. */
  readonly #rights = new Map<string, Map<string, Right>>();

  allow({ group, plural, scope }: Kind, subresource: string, verbs: readonly string[], reach: Reach = {}): void {
    const resource = subresource === '' ? plural : `${plural}/${subresource}`;
    const { names } = reach;
    for (const namespace of scope === 'Cluster' ? [''] : (reach.namespaces ?? ['']))
      this.#add(namespace, { group, resource, names }, verbs);
  }

  /** Rules as they stand. */
  allowRules(rules: readonly PolicyRule[], { namespaces = [''] }: Reach = {}): void {
    for (const { apiGroups = [], resources = [], resourceNames: names, verbs } of rules)
      for (const group of apiGroups)
        for (const resource of resources)
          for (const namespace of namespaces) this.#add(namespace, { group, resource, names }, verbs);
  }

  /** Namespaces with rights of their own. */
  namespaces(): readonly string[] {
    return [...this.#rights.keys()].filter((namespace) => namespace !== '' && this.rules(namespace).length > 0).sort();
  }

  /** One rule for resources of a group with the same verbs on the same names: of a namespace, or those that hold everywhere. */
  rules(namespace = ''): PolicyRule[] {
    const folded = new Map<string, PolicyRule & { resources: string[] }>();
    for (const [, { group, resource, names, verbs: all }] of sorted(this.#rights.get(namespace))) {
      const verbs = [...all].filter((verb) => !this.#isEverywhere(namespace, { group, resource, names }, verb)).sort();
      if (verbs.length === 0) continue;
      const id = `${group}|${verbs.join()}|${names?.join() ?? ''}`;
      const named = names === undefined ? {} : { resourceNames: [...names] };
      const rule = folded.get(id) ?? { apiGroups: [group], resources: [], ...named, verbs };
      rule.resources.push(resource);
      folded.set(id, rule);
    }
    return [...folded.values()];
  }

  #add(namespace: string, right: Omit<Right, 'verbs'>, verbs: readonly string[]): void {
    if (verbs.length === 0) return;
    const rights = this.#rights.get(namespace) ?? new Map<string, Right>();
    this.#rights.set(namespace, rights);
    const key = keyOf(right);
    const known = rights.get(key) ?? { ...right, verbs: new Set<string>() };
    for (const verb of verbs) known.verbs.add(verb);
    rights.set(key, known);
  }

  /** Whether a wider right holds it already. */
  #isEverywhere(namespace: string, right: Omit<Right, 'verbs'>, verb: string): boolean {
    const wider = [
      ...(right.names === undefined ? [] : [[namespace, { ...right, names: undefined }] as const]),
      ...(namespace === '' ? [] : [['', right] as const, ['', { ...right, names: undefined }] as const]),
    ];
    return wider.some(([where, one]) => this.#rights.get(where)?.get(keyOf(one))?.verbs.has(verb) === true);
  }
}

function keyOf({ group, resource, names }: Omit<Right, 'verbs'>): string {
  return `${group} ${resource} ${names?.join() ?? ''}`;
}

function sorted(rights: ReadonlyMap<string, Right> | undefined): [string, Right][] {
  return [...(rights ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
}
