import { commandJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { configFlags, type ServerFiles } from './config.js';

/** A Job of neutron-db-manage: everything (`heads`), or one side of a rolling upgrade. */
export function schemaJob(chart: Chart, { common }: ServerFiles, component: string, what: readonly string[]): Workload {
  return commandJob(chart, {
    name: `neutron-${component}`,
    component,
    image: 'neutron',
    files: common,
    command: ['neutron-db-manage', ...configFlags(common), 'upgrade', ...what],
  });
}
