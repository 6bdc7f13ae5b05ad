import { ownDirectories } from '../../conventions/directories.js';
import type { Chart } from '../../render/chart.js';
import { type Script, script } from '../../render/files.js';
import { type ContainerPart, hostPath, type PodPart } from '../../render/pod.js';

/** What cinder-volume and cinder-backup have in common: both work on their node. */
export function storageProcess(
  chart: Chart,
  program: 'cinder-volume' | 'cinder-backup',
  weight: ContainerPart['weight'] = 'worker',
): Pick<PodPart, 'scripts' | 'host' | 'mounts' | 'before' | 'graceSeconds' | 'containers'> {
  const command = ['/opt/keelson/bin/cinder-volume.sh', program];
  return {
    scripts: [startScript(chart)],
    host: { network: true },
    mounts: [
      hostPath('var-lib-cinder', '/var/lib/cinder', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
      hostPath('etc-iscsi', '/etc/iscsi', { type: 'DirectoryOrCreate' }),
      hostPath('run', '/run'),
      hostPath('dev', '/dev'),
      hostPath('modules', '/lib/modules', { readOnly: true }),
    ],
    before: [
      ownDirectories(
        'cinder',
        '/var/lib/cinder',
        '/var/lib/cinder/tmp',
        '/var/lib/cinder/conversion',
        '/var/lib/cinder/mnt',
      ),
    ],
    graceSeconds: 180,
    containers: [{ name: program, image: 'cinder', command, rights: 'privileged', weight }],
  };
}

export function startScript(chart: Chart): Script {
  return script(chart, 'cinder-volume.sh', start);
}

const start = String.raw`#!/bin/sh
set -eu
own=$(ip -o -4 address show dev "$(ip -4 route show default | awk '{print $5; exit}')" scope global | awk '{sub(/\/.*/, "", $4); print $4; exit}')
cat > /tmp/node.conf <<EOF
[DEFAULT]
my_ip = $own
target_ip_address = $own
EOF
exec "$1" --config-file /etc/cinder/cinder.conf --config-file /tmp/node.conf
`;
