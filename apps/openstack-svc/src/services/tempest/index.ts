import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { keystoneAdmin } from '../../conventions/credentials.js';
import { type Chart, chartOf, hasService } from '../../render/chart.js';
import { job, volumeClaim } from '../../render/workloads.js';
import { tempestFile } from './config.js';

const claimName = 'pvc-tempest';

/** Tempest: one run of the projects' own tests against the cloud, the report on a claim. Nobody waits for it. */
export const tempest: CloudService = {
  name: 'tempest',
  project: 'tempest',
  needs: ['identity', 'image', 'compute', 'networking', 'block-storage', 'orchestration', 'load-balancer', 'dns'],
  credentials: () => [keystoneAdmin],
  upgrade: [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'tempest', 'tempest');
    const file = tempestFile(chart, (service) => hasService(cloud, service));
    const claim = { name: claimName, storageClass: cloud.spec.persistent_volume_storage_class, size: '2Gi' };
    return assemble(chart, {
      files: [file],
      front: [volumeClaim(chart, claim, 'run-tests')],
      stages: [['run', 'applied', [runTests(chart, file)]]],
    });
  },
};

function runTests(chart: Chart, file: ReturnType<typeof tempestFile>): ReturnType<typeof job> {
  return job(chart, {
    name: 'tempest-run-tests',
    component: 'run-tests',
    roles: ['controller'],
    files: [file],
    mounts: [{ volume: { name: 'report', persistentVolumeClaim: { claimName } }, path: '/var/lib/tempest/data' }],
    containers: [{ name: 'tempest', image: 'tempest', command: ['sh', '-ec', run], weight: 'worker' }],
  });
}

const run = String.raw`cd /var/lib/tempest/data
[ -d .stestr ] || tempest init --config-dir /etc/tempest .
cp /etc/tempest/tempest.conf etc/tempest.conf
status=0
tempest run --smoke --concurrency 2 --subunit > report.subunit || status=$?
subunit2junitxml < report.subunit > report.xml || true
exit "$status"`;
