import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

export const dnsUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'db-sync', does: 'run', components: ['db-sync'], closesWayBack: true },
  { name: 'replace-central', does: 'replace', components: ['central'] },
  { name: 'replace-workers', does: 'replace', components: ['producer', 'worker', 'mdns'] },
  { name: 'replace-api', does: 'replace', components: ['api'] },
  { name: 'pool-update', does: 'run', components: ['pool-update'] },
];
