import type { CloudService } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { worker } from '../../conventions/api/api.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectApi, projectService } from '../../conventions/project.js';
import { schemaThen } from '../../conventions/upgrades.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import type { MountedVolume } from '../../render/pod.js';
import { disruptionBudget, volumeClaim } from '../../render/workloads.js';
import { kubeObject } from '../../render/kubernetes.js';
import { isInFiles, metricFiles } from './config.js';

const claimName = 'gnocchi-measures';

/** Gnocchi: time series of resources. */
export const metric: CloudService = {
  name: 'metric',
  project: 'gnocchi',
  needs: ['identity', 'coordination'],
  credentials: () => projectCredentials('gnocchi', 'database', 'identity'),
  probe: {
    host: addresses.gnocchi.host,
    port: addresses.gnocchi.port,
    path: '/',
    accepts: [200],
    checks: [{ name: 'status', type: 'metric', path: '/v1/status?details=false', reads: 'answers' }],
  },
  upgrade: schemaThen('api', 'metricd'),
  render: (cloud) => {
    const chart = chartOf(cloud, 'metric', 'gnocchi');
    const { service, uwsgi, ceph } = metricFiles(chart);
    const usesFiles = isInFiles(chart);
    const measures: MountedVolume[] = usesFiles
      ? [{ volume: { name: 'measures', persistentVolumeClaim: { claimName } }, path: '/var/lib/gnocchi' }]
      : [];
    const claim = volumeClaim(
      chart,
      { name: claimName, storageClass: cloud.spec.persistent_volume_storage_class, size: '50Gi' },
      'measures',
    );
    const shared = kubeObject({ ...claim, spec: { ...claim.spec, accessModes: ['ReadWriteMany'] } });
    const server = projectApi(chart, 'gnocchi', { service, uwsgi }, { files: ceph, mounts: measures });
    const metricd = worker(chart, {
      name: 'gnocchi-metricd',
      component: 'metricd',
      image: 'gnocchi',
      command: ['gnocchi-metricd', '--config-file', service.path],
      files: [service, ...ceph],
      mounts: measures,
    });
    const schema = commandJob(chart, {
      name: 'gnocchi-db-sync',
      component: 'db-sync',
      image: 'gnocchi',
      files: [service, ...ceph],
      mounts: measures,
      command: ['gnocchi-upgrade', '--config-file', service.path],
    });
    return projectService(chart, {
      project: 'gnocchi',
      databases: ['gnocchi'],
      usesMessaging: false,
      catalogue: [{ name: 'gnocchi', type: 'metric', address: 'gnocchi' }],
      files: [service, uwsgi, ...ceph],
      front: [
        ...(usesFiles ? [shared] : []),
        ...server.front,
        ...disruptionBudget(chart, 'metricd', replicasOf(chart, 'metricd')),
      ],
      schema: [schema],
      workloads: [server.workload, metricd],
    });
  },
};
