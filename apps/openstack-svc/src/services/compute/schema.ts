import type { ConfigFile } from '../../cloud/service.js';
import type { StagePart } from '../../conventions/assemble.js';
import { commandJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';

/**
 * Cell 0 is mapped before the schema of the cells is made, which then makes that of cell 0 too. The mappings are templates
 * that Nova fills in from its configuration file, so that a changed password does not have to be written into them.
 */
export function cellStages(chart: Chart, service: ConfigFile): readonly StagePart[] {
  const cell0 = '{scheme}://{username}:{password}@{hostname}:{port}/nova_cell0?{query}';
  const map = ['cell_v2', 'map_cell0', '--database_connection', cell0];
  return [
    ['schema-api', 'complete', [novaManage(chart, service, 'api-db-sync', ['api_db', 'sync'])]],
    ['cell0', 'complete', [novaManage(chart, service, 'cell-map', map)]],
    ['schema', 'complete', [novaManage(chart, service, 'db-sync', ['db', 'sync'])]],
    ['cell1', 'complete', [createCell(chart, service)]],
  ];
}

/** Exit code 2 says that the cell is there already. */
function createCell(chart: Chart, service: ConfigFile): Workload {
  const create = [
    `nova-manage --config-file ${service.path} cell_v2 create_cell --name cell1`,
    `--database_connection '{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}'`,
    `--transport-url '{scheme}://{username}:{password}@{hostname}:{port}/{path}'`,
    '|| [ $? -eq 2 ]',
  ];
  return commandJob(chart, {
    name: 'nova-cell-setup',
    component: 'cell-setup',
    image: 'nova',
    files: [service],
    command: ['sh', '-c', create.join(' ')],
  });
}

/** Maps the computes that have registered by now; the scheduler finds those that come later. */
export function discoverHosts(chart: Chart, service: ConfigFile): Workload {
  return novaManage(chart, service, 'discover-hosts', ['cell_v2', 'discover_hosts', '--verbose']);
}

/** A Job of `nova-manage`; without a verb it is `nova-status upgrade check`, of which only a failure (2 and above) is one. */
export function novaManage(
  chart: Chart,
  service: ConfigFile,
  component: string,
  verb: readonly string[] | undefined,
): Workload {
  const check = `nova-status --config-file ${service.path} upgrade check || [ $? -eq 1 ]`;
  const command = verb === undefined ? ['sh', '-c', check] : ['nova-manage', '--config-file', service.path, ...verb];
  return commandJob(chart, { name: `nova-${component}`, component, image: 'nova', files: [service], command });
}
