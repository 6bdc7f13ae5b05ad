import type { KubeObject } from '@keelson/api';
import type { CloudService, ConfigFile } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials } from '../../conventions/credentials.js';
import {
  catalogueJob,
  commandJob,
  databaseInitJob,
  identityUserJob,
  messagingInitJob,
} from '../../conventions/jobs.js';
import { projectApi } from '../../conventions/project.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { type Chart, chartOf, replicasOf } from '../../render/chart.js';
import { kubeObject } from '../../render/kubernetes.js';
import type { MountedVolume } from '../../render/pod.js';
import { emptyDirectory } from '../../render/pod.js';
import { volumeClaim } from '../../render/workloads.js';
import { imageBackends, imageFiles } from './config.js';
import { imageProbe } from './probe.js';
import { imageUpgrade } from './upgrade.js';

/** Glance: images of servers and volumes. */
export const image: CloudService = {
  name: 'image',
  project: 'glance',
  needs: ['identity'],
  credentials: () => projectCredentials('glance', 'database', 'messaging', 'identity'),
  probe: imageProbe,
  upgrade: imageUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'image', 'glance');
    const { service, uwsgi, ceph } = imageFiles(chart);
    const jobs = {
      database: databaseInitJob(chart, 'glance', ['glance']),
      messaging: messagingInitJob(chart, 'glance'),
      user: identityUserJob(chart, 'glance'),
      catalogue: catalogueJob(chart, 'glance', [{ name: 'glance', type: 'image', address: 'glance' }]),
    };
    const server = projectApi(
      chart,
      'glance',
      { service, uwsgi },
      { files: ceph, mounts: storage(chart), alivePath: '/versions', fsGroup: 42424 },
    );
    const schema = (name: string, ...verb: readonly string[]): ReturnType<typeof commandJob> =>
      commandJob(chart, {
        name: `glance-${name}`,
        component: name,
        image: 'glance',
        files: [service],
        command: ['glance-manage', '--config-file', service.path, 'db', ...verb],
      });
    return assemble(chart, {
      files: [service, uwsgi, ...ceph],
      front: [...claims(chart), ...server.front, ...rowsCleanup(chart, service)],
      jobs: Object.values(jobs),
      stages: [
        ['accounts', 'complete', [jobs.database.job, jobs.messaging.job, jobs.user.job]],
        ['schema', 'complete', [schema('db-sync', 'sync')]],
        ['workloads', 'ready', [server.workload]],
        ['catalogue', 'complete', [jobs.catalogue.job]],
      ],
      onDemand: [
        ...['expand', 'migrate', 'contract'].map((verb) => schema(`db-sync-${verb}`, verb)),
        ...upgradeCheck(chart, 'glance', { reads: [service], beside: ceph }),
      ],
    });
  },
};

/**
 * As many rows of each table at a time as the spec says, until there are none left. Rows of images stay: an id that is free could
 * be taken for another image (https://wiki.openstack.org/wiki/OSSN/OSSN-0075).
 */
function rowsCleanup(chart: Chart, service: ConfigFile): readonly KubeObject[] {
  return cleanupJob(chart, { project: 'glance', service, schedule: '1 2 * * 1' }, ({ age, batch }) => {
    const purge = `glance-manage --config-file ${service.path} db purge --age_in_days ${age} --max_rows ${batch}`;
    return [
      'left=some',
      'while [ -n "$left" ]; do',
      `  ${purge} > /tmp/purged 2>&1 || { cat /tmp/purged >&2; exit 1; }`,
      '  cat /tmp/purged',
      `  left=$(grep -E 'Deleted [1-9][0-9]* row' /tmp/purged || true)`,
      'done',
    ];
  });
}

const claimName = 'glance-images';

function claims(chart: Chart): KubeObject[] {
  const file = imageBackends(chart).find(({ type }) => type === 'file');
  if (file === undefined) return [];
  const { persistent_volume_storage_class: usual } = chart.cloud.spec;
  const claim = volumeClaim(
    chart,
    { name: claimName, storageClass: file.pvc?.storage_class_name ?? usual, size: file.pvc?.size ?? '100Gi' },
    'api',
  );
  const isShared = replicasOf(chart, 'api') > 1;
  return [isShared ? kubeObject({ ...claim, spec: { ...claim.spec, accessModes: ['ReadWriteMany'] } }) : claim];
}

function storage(chart: Chart): MountedVolume[] {
  const hasFiles = imageBackends(chart).some(({ type }) => type === 'file');
  const images: MountedVolume = {
    volume: { name: 'images', persistentVolumeClaim: { claimName } },
    path: '/var/lib/glance/images',
  };
  return [emptyDirectory('work', '/var/lib/glance'), ...(hasFiles ? [images] : [])];
}
