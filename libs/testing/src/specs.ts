import { describe, expect, it } from '@jest/globals';
import type { AnyReconciler } from '@keelson/reconcile';
import { reconcilerFaults } from './machine-checks.js';

/** The specs that every reconciler of a service gets: one call in a spec file. Only inside Jest. */
export function reconcilerSpecs(reconcilers: readonly AnyReconciler[]): void {
  describe.each(reconcilers.map((reconciler) => ({ name: reconciler.name, reconciler })))('$name', ({ reconciler }) => {
    it('is declared whole and keeps the law of termination', () => expect(reconcilerFaults([reconciler])).toEqual([]));
  });
  it('no two reconcilers stand in each other’s way', () => expect(reconcilerFaults(reconcilers)).toEqual([]));
}
