import type { Cloud } from '../../cloud/cloud.js';
import type { CloudService } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectService } from '../../conventions/project.js';
import { chartOf, daemonChartOf, replicasOf } from '../../render/chart.js';
import { daemonSets } from '../../render/node-sets.js';
import { hostPath } from '../../render/pod.js';
import { disruptionBudget } from '../../render/workloads.js';
import { exporterServices, isFetched, isSentOn, metricsPort } from './exporter.js';
import { computeFiles, meteringFiles } from './config.js';

/** Ceilometer: samples from agents and notifications, sent on to Gnocchi or fetched by Prometheus. It has no API of its own. */
export const metering: CloudService = {
  name: 'metering',
  project: 'ceilometer',
  needs: ['identity', 'metric', 'metric-storage'],
  credentials: () => projectCredentials('ceilometer', 'messaging', 'identity'),
  upgrade: [
    { name: 'db-sync', does: 'run', components: ['db-sync'] },
    { name: 'replace', does: 'replace', components: ['central', 'notification', 'compute'] },
  ],
  render: (cloud) => {
    const chart = chartOf(cloud, 'metering', 'ceilometer');
    const files = meteringFiles(chart);
    const sendsOn = isSentOn(cloud);
    const [service] = files;
    const agents = daemonSets(cloud, (each) => {
      const own = daemonChartOf(each, 'metering', 'ceilometer', 'ceilometer-compute');
      const part = computeFiles(own);
      return {
        chart: own,
        part: {
          name: 'ceilometer-compute',
          component: 'compute',
          roles: ['compute'],
          files: part,
          host: { network: true },
          maxUnavailable: '10%',
          mounts: [hostPath('run-libvirt', '/run/libvirt', { type: 'DirectoryOrCreate' })],
          containers: [
            {
              name: 'ceilometer-compute',
              image: 'ceilometer',
              command: ['ceilometer-polling', '--config-file', service.path, '--polling-namespaces', 'compute'],
              weight: 'agent',
              rights: 'privileged',
              ...metricsPorts(cloud),
            },
          ],
        },
      };
    });
    const central = worker(chart, {
      name: 'ceilometer-central',
      component: 'central',
      image: 'ceilometer',
      command: ['ceilometer-polling', '--config-file', service.path, '--polling-namespaces', 'central'],
      files,
      ...metricsPorts(cloud),
    });
    const notification = worker(chart, {
      name: 'ceilometer-notification',
      component: 'notification',
      image: 'ceilometer',
      command: ['ceilometer-agent-notification', '--config-file', service.path],
      files,
    });
    return projectService(chart, {
      project: 'ceilometer',
      databases: [],
      usesMessaging: true,
      catalogue: [],
      files: [...files, ...agents.files],
      front: [
        ...exporterServices(chart),
        ...(sendsOn ? disruptionBudget(chart, 'notification', replicasOf(chart, 'notification')) : []),
      ],
      schema: [
        commandJob(chart, {
          name: 'ceilometer-db-sync',
          component: 'db-sync',
          image: 'ceilometer',
          files,
          command: ['ceilometer-upgrade', '--config-file', service.path, ...(sendsOn ? [] : [withoutGnocchi])],
        }),
      ],
      workloads: [central, ...(sendsOn ? [notification] : []), ...agents.daemonSets],
    });
  },
};

/** Types of resources are Gnocchi's. */
const withoutGnocchi = '--skip-gnocchi-resource-types';

function metricsPorts(cloud: Cloud): { ports?: Readonly<Record<string, number>> } {
  return isFetched(cloud) ? { ports: { metrics: metricsPort } } : {};
}
