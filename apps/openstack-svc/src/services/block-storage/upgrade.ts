import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

export const blockStorageUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'db-sync', does: 'run', components: ['db-sync'] },
  { name: 'replace-scheduler', does: 'replace', components: ['scheduler'] },
  { name: 'replace-volume', does: 'replace', components: ['volume', 'volume-*'] },
  { name: 'replace-backup', does: 'replace', components: ['backup'] },
  { name: 'replace-api', does: 'replace', components: ['api'] },
  { name: 'online-migrations', does: 'run', components: ['db-online-migrations'], closesWayBack: true },
];
