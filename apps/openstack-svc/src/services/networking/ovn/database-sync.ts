import { operationJob } from '../../../conventions/operations.js';
import type { Chart } from '../../../render/chart.js';
import type { SpecObject, Workload } from '../../../render/kubernetes.js';
import { job, type JobPart } from '../../../render/workloads.js';
import { configFlags, type ServerFiles } from '../config.js';
import { addressesScript, addressFlags, readingClusters, withOvnAddresses } from './addresses.js';

/** The CronJob, and the Job made from it, that writes Neutron's networks into a northbound database that began anew. */
export const northboundRefill = 'neutron-ovn-db-refill';

/**
 * Before epoxy the program ends with 0 also when it refuses its configuration or cannot reach a database
 * (`neutron.cmd.ovn.neutron_ovn_db_sync_util`): what it tells as an error of its own is a failure, whatever level Neutron's messages have.
 */
export const checkedSync = String.raw`printf '[DEFAULT]\ndefault_log_levels = amqp=WARN,sqlalchemy=WARN,oslo.messaging=INFO\n' > /tmp/sync.ini
{
  code=0
  "$@" --config-file /tmp/sync.ini || code=$?
  echo "$code" > /tmp/sync.code
} 2>&1 | tee /tmp/sync.log
code=$(cat /tmp/sync.code)
[ "$code" -eq 0 ] || exit "$code"
! grep -qE 'ERROR neutron\.cmd\.ovn\.neutron_ovn_db_sync_util|Error parsing the configuration' /tmp/sync.log`;

/** A part that brings OVN's databases into step with Neutron's; with `migrate` Neutron's networks of VXLAN become Geneve. */
function syncPart(
  chart: Chart,
  { common }: ServerFiles,
  { mode, ...rest }: Pick<JobPart, 'name' | 'component'> & { readonly mode: 'migrate' | 'repair' },
): JobPart {
  const flags = [...configFlags(common), ...addressFlags, '--ovn-neutron_sync_mode', mode];
  const sync = ['sh', '-ec', checkedSync, 'sync', 'neutron-ovn-db-sync-util', ...flags];
  return {
    ...rest,
    roles: ['controller'],
    files: common,
    scripts: [addressesScript(chart)],
    containers: [{ name: rest.component, image: 'neutron', weight: 'job', ...withOvnAddresses(chart.cloud, sync) }],
  };
}

/** Writes Neutron's networks into OVN during the migration to it. */
export function migrationSync(chart: Chart, files: ServerFiles): Workload {
  return job(chart, syncPart(chart, files, { name: 'neutron-ovn-db-sync', component: 'ovn-db-sync', mode: 'migrate' }));
}

/** Repairs OVN's databases where they differ from Neutron's, when the keeper of them makes a Job of it. */
export function northboundRefillJob(chart: Chart, files: ServerFiles): SpecObject {
  const part = syncPart(chart, files, { name: northboundRefill, component: 'ovn-db-refill', mode: 'repair' });
  return operationJob(chart, readingClusters(part));
}
