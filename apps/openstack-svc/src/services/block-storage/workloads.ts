import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectApi } from '../../conventions/project.js';
import { type Chart, replicasOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { disruptionBudget } from '../../render/workloads.js';
import type { BlockStorageFiles } from './config.js';

export function controlPlane(
  chart: Chart,
  { service, uwsgi }: BlockStorageFiles,
): { workloads: readonly Workload[]; front: readonly KubeObject[] } {
  const server = projectApi(chart, 'cinder', { service, uwsgi });
  const scheduler = worker(chart, {
    name: 'cinder-scheduler',
    component: 'scheduler',
    image: 'cinder',
    command: ['cinder-scheduler', '--config-file', service.path],
    files: [service],
  });
  return {
    workloads: [scheduler, server.workload],
    front: [...server.front, ...disruptionBudget(chart, 'scheduler', replicasOf(chart, 'scheduler'))],
  };
}

export function rowsCleanup(chart: Chart, service: ConfigFile): readonly KubeObject[] {
  return cleanupJob(chart, { project: 'cinder', service, schedule: '1 0 * * 1' }, ({ age }) => [
    `cinder-manage --config-file ${service.path} db purge ${age}`,
  ]);
}
