import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

export const placementUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'db-sync', does: 'run', components: ['db-sync'] },
  { name: 'online-migrations', does: 'run', components: ['db-online-migrations'] },
  { name: 'replace', does: 'replace', components: ['api'] },
];
