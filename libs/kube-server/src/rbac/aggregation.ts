import { equalJson } from '@keelson/std';
import type { Chores } from '../engine/chores.js';
import { rewrite } from '../engine/rewrite.js';
import type { Registry } from '../registry/context.js';
import { isObject } from '../schema/schema.js';
import { fromLabelSelectorObject, matchesLabels } from '../selector/label-selector.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener } from '../storage/store.js';
import type { Stored } from '../storage/stored.js';
import { clusterRoles } from './bindings.js';

/** Fills the rules of aggregated cluster roles from those that their selectors choose. */
export class RoleAggregation implements CommitListener {
  readonly #registry: Registry;
  readonly #chores: Chores;
  #isScheduled = false;

  constructor(registry: Registry, chores: Chores) {
    this.#registry = registry;
    this.#chores = chores;
    registry.store.onCommit(this);
    this.reloaded();
  }

  committed(entries: readonly LogEntry[]): void {
    if (entries.some(({ resource }) => resource === clusterRoles)) this.#schedule();
  }

  reloaded(): void {
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#chores.run('aggregating cluster roles', async () => {
      this.#isScheduled = false;
      await this.#aggregate();
    });
  }

  async #aggregate(): Promise<void> {
    const roles = this.#registry.store.view(clusterRoles).list();
    const writes = roles
      .filter((role) => isObject(role.aggregationRule))
      .map(async ({ metadata: { name } }) => {
        const head = this.#registry.store.head(clusterRoles, '', name);
        if (head === undefined) return;
        const rules = aggregated(head, roles);
        if (!equalJson(rules, head.rules ?? [])) await rewrite(this.#registry, clusterRoles, head, { ...head, rules });
      });
    await Promise.all(writes);
  }
}

/** The rules of all roles that are chosen, each once. */
function aggregated(role: Stored, roles: readonly Stored[]): readonly unknown[] {
  const rule = isObject(role.aggregationRule) ? role.aggregationRule : {};
  const selectors = Array.isArray(rule.clusterRoleSelectors)
    ? rule.clusterRoleSelectors.map(fromLabelSelectorObject).filter((selector) => selector !== undefined)
    : [];
  const chosen = roles.filter(
    (one) =>
      one !== role &&
      one.metadata.name !== role.metadata.name &&
      selectors.some((selector) => matchesLabels(selector, one.metadata.labels)),
  );
  const rules: unknown[] = [];
  for (const one of chosen.flatMap(({ rules: own }) => (Array.isArray(own) ? (own as unknown[]) : [])))
    if (!rules.some((present) => equalJson(present, one))) rules.push(one);
  return rules;
}
