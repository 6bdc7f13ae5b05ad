import type { ConfigMap } from '@keelson/api';

/** Stages of the migration from Open vSwitch to OVN in which something else is rendered than before and after it. */
export const migrationStages = [
  '20_DEPLOY_OVN_DB',
  '30_DEPLOY_OVN_CONTROLLERS',
  '40_MIGRATE_DATAPLANE',
  '50_FINALIZE_MIGRATION',
  '60_CLEANUP',
] as const;
export type MigrationStage = (typeof migrationStages)[number];

/** The stage a cloud is in: the last that has begun, until the last of all is completed. */
export function migrationStageIn(map: ConfigMap | undefined): MigrationStage | undefined {
  const data = map?.data ?? {};
  if (data['60_CLEANUP'] === 'completed') return undefined;
  return migrationStages.findLast((stage) => data[stage] !== undefined);
}
