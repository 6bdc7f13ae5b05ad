import type { UpgradeStep } from '../cloud/service.js';

/** Projects whose schema moves first and whose daemons follow in an order of their own, those of a list together. */
export function schemaThen(...daemons: readonly (string | readonly [string, ...string[]])[]): readonly UpgradeStep[] {
  return [
    { name: 'db-sync', does: 'run', components: ['db-sync'], closesWayBack: true },
    ...daemons.map((each): UpgradeStep => {
      const components = typeof each === 'string' ? ([each] as const) : each;
      return { name: `replace-${components[0]}`, does: 'replace', components };
    }),
  ];
}
