import { dirname } from 'node:path/posix';
import type { CloudService, ConfigFile } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { cloudsFile } from '../../conventions/client.js';
import { administratorProject, keystoneAdmin, sharedCredentials } from '../../conventions/credentials.js';
import { type Chart, chartOf, hasService } from '../../render/chart.js';
import { script, type Script } from '../../render/files.js';
import { emptyDirectory } from '../../render/pod.js';
import { job, volumeClaim } from '../../render/workloads.js';
import { tempestFile } from './config.js';
import { findSettings, mergeSettings, settingsPath } from './settings.js';

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
    const user = cloud.secrets.user(sharedCredentials.keystoneAdmin);
    const entry = { name: 'admin', user, project: administratorProject(cloud.spec), domain: 'Default' };
    const files = [
      tempestFile(chart, (service) => hasService(cloud, service)),
      cloudsFile(chart, 'tempest-clouds', entry),
    ];
    const scripts = [
      script(chart, 'tempest-find.py', findSettings),
      script(chart, 'tempest-merge.py', mergeSettings),
    ] as const;
    const claim = { name: claimName, storageClass: cloud.spec.persistent_volume_storage_class, size: '2Gi' };
    return assemble(chart, {
      files,
      scripts,
      front: [volumeClaim(chart, claim, 'run-tests')],
      stages: [['run', 'applied', [runTests(chart, files, scripts)]]],
    });
  },
};

/** Tests are not repeated: a second run would hide what the first found. */
function runTests(
  chart: Chart,
  files: readonly ConfigFile[],
  scripts: readonly [find: Script, merge: Script],
): ReturnType<typeof job> {
  const [find, merge] = scripts;
  return job(chart, {
    name: 'tempest-run-tests',
    component: 'run-tests',
    roles: ['controller'],
    retries: 0,
    files,
    scripts,
    mounts: [
      { volume: { name: 'report', persistentVolumeClaim: { claimName } }, path: '/var/lib/tempest/data' },
      emptyDirectory('settings', dirname(settingsPath)),
    ],
    before: [
      {
        name: 'settings',
        image: 'openstackclient',
        command: ['python3', find.path, settingsPath],
        env: [{ name: 'OS_CLOUD', value: 'admin' }],
        weight: 'worker',
      },
    ],
    containers: [
      { name: 'tempest', image: 'tempest', command: ['sh', '-ec', run, 'run', merge.path], weight: 'worker' },
    ],
  });
}

const run = `cd /var/lib/tempest/data
[ -d .stestr ] || tempest init --config-dir /etc/tempest .
cp /etc/tempest/tempest.conf etc/tempest.conf
python3 "$1" ${settingsPath} etc/tempest.conf
status=0
tempest run --smoke --concurrency 2 --subunit > report.subunit || status=$?
subunit2junitxml < report.subunit > report.xml || true
exit "$status"`;
