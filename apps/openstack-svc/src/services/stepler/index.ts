import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { keystoneAdmin } from '../../conventions/credentials.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { job, volumeClaim } from '../../render/workloads.js';
import { steplerFile } from './config.js';

const claimName = 'pvc-stepler';

/** Stepler: one run of functional tests, step by step as a user takes them; the report on a claim. Nobody waits for it. */
export const stepler: CloudService = {
  name: 'stepler',
  project: 'stepler',
  needs: ['identity', 'image', 'compute', 'networking', 'block-storage', 'orchestration', 'dashboard'],
  credentials: () => [keystoneAdmin],
  upgrade: [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'stepler', 'stepler');
    const file = steplerFile(chart);
    const claim = { name: claimName, storageClass: cloud.spec.persistent_volume_storage_class, size: '10Gi' };
    return assemble(chart, {
      files: [file],
      front: [volumeClaim(chart, claim, 'run-tests')],
      stages: [['run', 'applied', [runTests(chart, file)]]],
    });
  },
};

/** Tests are not repeated: a second run would hide what the first found. */
function runTests(chart: Chart, file: ReturnType<typeof steplerFile>): ReturnType<typeof job> {
  return job(chart, {
    name: 'stepler-run-tests',
    component: 'run-tests',
    roles: ['controller'],
    retries: 0,
    files: [file],
    mounts: [{ volume: { name: 'report', persistentVolumeClaim: { claimName } }, path: '/opt/stepler/test_reports' }],
    containers: [{ name: 'stepler', image: 'stepler', command: ['sh', '-ec', run], weight: 'worker' }],
  });
}

const run = String.raw`. /etc/stepler/stepler.env
cd /opt/stepler
status=0
py.test stepler --force-destructive -v --junit-xml=test_reports/report.xml || status=$?
exit "$status"`;
