import { parseKey } from '@keelson/api';
import { ownKey } from '../concerns.js';
import { type Budget, BudgetKind } from '../kinds.js';
import { isEnding, matchesSelector, sameStatus, withCondition } from '../objects.js';
import type { Controller, Plane } from '../plane.js';

/** Keeps the status of disruption budgets; evictions are judged by the API itself, over the same numbers. */
export function budgets(plane: Plane): Controller {
  const selectors = new Map<string, Budget['spec']['selector']>();
  return {
    name: 'budget',
    concerns: (write) => {
      const own = ownKey(write, 'poddisruptionbudgets.policy');
      for (const key of own) {
        if (write.type === 'delete') selectors.delete(key);
        else selectors.set(key, isBudget(write.object) ? write.object.spec.selector : undefined);
      }
      if (write.resource !== 'pods') return own;
      const labels = write.object.metadata.labels ?? {};
      return [...selectors]
        .filter(([key, selector]) => key.startsWith(`${write.namespace}/`) && matchesSelector(selector, labels))
        .map(([key]) => key);
    },
    async sync(key) {
      const budget = await plane.api.get(BudgetKind, parseKey(key));
      if (budget === undefined || isEnding(budget)) return undefined;
      const { healthy, desired, expected } = await plane.api.standing(budget.metadata);
      const allowed = Math.max(0, healthy - desired);
      const condition =
        allowed > 0
          ? { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '' }
          : { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' };
      const before = budget.status?.['conditions'];
      const status = {
        observedGeneration: budget.metadata.generation,
        disruptionsAllowed: allowed,
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: expected,
        conditions: withCondition(Array.isArray(before) ? before : [], condition, plane.clock.now()),
      };
      if (!sameStatus(budget.status, status)) await plane.api.patch(BudgetKind, budget.metadata, { status }, 'status');
      return undefined;
    },
  };
}

function isBudget(object: { readonly kind: string }): object is Budget {
  return object.kind === 'PodDisruptionBudget';
}
