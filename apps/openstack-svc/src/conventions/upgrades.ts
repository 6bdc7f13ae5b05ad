import type { UpgradeStep } from '../cloud/service.js';

/** Projects whose schema moves first and whose daemons follow in an order of their own. */
export function schemaThen(...components: readonly string[]): readonly UpgradeStep[] {
  return [
    { name: 'db-sync', does: 'run', components: ['db-sync'], closesWayBack: true },
    ...components.map((component): UpgradeStep => ({
      name: `replace-${component}`,
      does: 'replace',
      components: [component],
    })),
  ];
}
