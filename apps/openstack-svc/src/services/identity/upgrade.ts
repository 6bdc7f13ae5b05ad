import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

/** Keystone's rolling upgrade: the schema grows, the servers change, and only then it shrinks. */
export const identityUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'expand', does: 'run', components: ['db-sync-expand'] },
  { name: 'migrate', does: 'run', components: ['db-sync-migrate'] },
  { name: 'replace', does: 'replace', components: ['api'] },
  { name: 'contract', does: 'run', components: ['db-sync-contract'], closesWayBack: true },
  { name: 'replace-client', does: 'replace', components: ['client'] },
];
