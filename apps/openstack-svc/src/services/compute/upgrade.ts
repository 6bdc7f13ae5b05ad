import type { UpgradeStep } from '../../cloud/service.js';

/**
 * The target release's own check runs against the migrated databases before anything is replaced: it alone sees computes that
 * are too old, with which the new control plane would refuse to start.
 */
export const computeUpgrade: readonly UpgradeStep[] = [
  { name: 'api-db-sync', does: 'run', components: ['api-db-sync'] },
  { name: 'cell-db', does: 'run', components: ['cell-map'] },
  { name: 'db-sync', does: 'run', components: ['db-sync'] },
  { name: 'upgrade-check', does: 'run', components: ['upgrade-check'] },
  { name: 'replace-conductor', does: 'replace', components: ['conductor'] },
  {
    name: 'replace-control-plane',
    does: 'replace',
    components: ['scheduler', 'os-api', 'metadata', 'novnc-proxy', 'spice-proxy', 'serial-proxy'],
  },
  { name: 'replace-computes', does: 'replace', components: ['compute'] },
  { name: 'online-migrations', does: 'run', components: ['db-online-migrations'], closesWayBack: true },
];
