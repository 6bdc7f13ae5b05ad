import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

export const imageUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'expand', does: 'run', components: ['db-sync-expand'] },
  { name: 'migrate', does: 'run', components: ['db-sync-migrate'] },
  { name: 'replace', does: 'replace', components: ['api'] },
  { name: 'contract', does: 'run', components: ['db-sync-contract'], closesWayBack: true },
];
