import { ownDirectories } from '../../conventions/directories.js';
import { terminal } from '@keelson/std';
import type { KubeObject } from '@keelson/api';
import { type Cloud, resolveText } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { ValueOrReference } from '../../cloud/spec/fields.js';
import { cephClient, cephFiles, poolOf } from '../../conventions/ceph.js';
import { type Chart, chartOf, daemonChartOf } from '../../render/chart.js';
import { iniFile, type Script, script } from '../../render/files.js';
import { type Ini, iniOfValues, mergeIni } from '../../render/ini.js';
import { isRecord, valueAt } from '../../render/json.js';
import type { Workload } from '../../render/kubernetes.js';
import { daemonSets, type DaemonPart } from '../../render/node-sets.js';
import { hostPath, type MountedVolume } from '../../render/pod.js';
import { service } from '../../render/network.js';
import { deployment, statefulSet } from '../../render/workloads.js';
import { cinderSections } from './config.js';

export interface VolumeServices {
  readonly workloads: readonly Workload[];
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
  readonly front: readonly KubeObject[];
  /** Names of back ends that volumes can be on. */
  readonly backends: readonly string[];
}

/** cinder-volume for every back end, and cinder-backup where there is somewhere to put backups. */
export function volumeServices(cloud: Cloud): VolumeServices {
  const chart = chartOf(cloud, 'block-storage', 'cinder');
  const shared = sharedVolume(chart);
  const local = localVolumes(cloud);
  const backup = backupService(chart);
  return {
    workloads: [...shared.workloads, ...local.daemonSets, ...backup.workloads],
    files: [...shared.files, ...local.files, ...backup.files],
    scripts: [startScript(chart)],
    front: shared.workloads.length === 0 ? [] : [discovery(chart)],
    backends: [...(shared.workloads.length === 0 ? [] : Object.keys(sharedBackends(chart))), ...localBackends(cloud)],
  };
}

/** Back ends that every instance reaches: Ceph, and arrays whose drivers the spec configures. */
function sharedVolume(chart: Chart): { workloads: readonly Workload[]; files: readonly ConfigFile[] } {
  const { volume } = chart.cloud.spec.features.cinder;
  const backends = sharedBackends(chart);
  if (!volume.enabled || Object.keys(backends).length === 0) return { workloads: [], files: [] };
  const secret = 'cinder-volume-etc';
  const files = [
    iniFile(
      chart,
      { secret, path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
      // One name for all instances: whichever lives serves the volumes of the others.
      { DEFAULT: { enabled_backends: Object.keys(backends) } },
      mergeIni(...Object.values(backends)),
    ),
    ...(chart.cloud.ceph === undefined ? [] : cephFiles(chart, cephForCinder(chart))),
  ];
  const workload = statefulSet(chart, {
    name: 'cinder-volume',
    component: 'volume',
    defaultReplicas: 1,
    serviceName: 'cinder-volume',
    roles: ['controller'],
    files,
    scripts: [startScript(chart)],
    host: { network: true },
    mounts: volumeMounts,
    before: [volumeDirectories],
    graceSeconds: 180,
    containers: [
      { name: 'cinder-volume', image: 'cinder', command: startCommand('cinder-volume'), rights: 'privileged' },
    ],
  });
  return { workloads: [workload], files };
}

const startCommand = (program: string): readonly string[] => ['/opt/keelson/bin/cinder-volume.sh', program];

/** Sections by back end: those of the spec, else Ceph's pool of volumes. @throws Failure terminal without a driver */
function sharedBackends(chart: Chart): Readonly<Record<string, Ini>> {
  const backends: Record<string, Ini> = {};
  for (const [name, backend] of Object.entries(chart.cloud.spec.features.cinder.volume.backends)) {
    if (backend.enabled && backend.lvm === undefined) Object.assign(backends, declaredBackend(name, backend.values));
  }
  if (Object.keys(backends).length > 0 || chart.cloud.ceph === undefined) return backends;
  const client = cephForCinder(chart);
  return {
    'volumes-ceph': {
      'volumes-ceph': {
        volume_driver: 'cinder.volume.drivers.rbd.RBDDriver',
        volume_backend_name: 'volumes-ceph',
        backend_host: 'rbd:volumes-ceph',
        rbd_pool: poolOf(client, 'volumes'),
        rbd_user: client.user,
        rbd_ceph_conf: '/etc/ceph/ceph.conf',
        rbd_secret_uuid: '457eb676-33da-42ec-9a8c-9293d545c337',
        report_discard_supported: true,
      },
    },
  };
}

/** The sections below `values.conf.cinder` that name a driver, each of which is one back end of the declared name's pods. */
function declaredBackend(name: string, values: unknown): Record<string, Ini> {
  const conf = valueAt(values, ['conf', 'cinder']);
  const sections = isRecord(conf) ? iniOfValues(conf) : {};
  const drivers = Object.entries(sections).filter(([, options]) => options['volume_driver'] !== undefined);
  if (drivers.length === 0) {
    throw terminal(
      `Rendering OpenStack: spec.features.cinder.volume.backends.${name}.values.conf.cinder: no section has a volume_driver`,
      { reason: 'InvalidSpec' },
    );
  }
  return Object.fromEntries(
    drivers.map(([section, options]) => [
      section,
      { [section]: { volume_backend_name: section, backend_host: `${name}:${section}`, ...options } },
    ]),
  );
}

/** Names of back ends in volume groups of nodes: of the spec itself, and of node overrides. */
function localBackends(cloud: Cloud): readonly string[] {
  const names = Object.entries(cloud.spec.features.cinder.volume.backends)
    .filter(([, backend]) => backend.enabled && backend.lvm !== undefined)
    .map(([name]) => name);
  const fromNodes = Object.values(cloud.spec.nodes).flatMap((node) => {
    const backends = valueAt(node, ['features', 'cinder', 'volume', 'backends']);
    return isRecord(backends) ? Object.keys(backends) : [];
  });
  return [...new Set([...names, ...fromNodes])];
}

/** Volume groups on nodes: a cinder-volume on each compute whose override, or the spec itself, names one. */
function localVolumes(cloud: Cloud): ReturnType<typeof daemonSets> {
  const all = localBackends(cloud);
  if (all.length === 0) return { daemonSets: [], files: [] };
  return daemonSets(cloud, (each) => {
    const chart = daemonChartOf(each, 'block-storage', 'cinder', 'cinder-volume-lvm');
    const part = localVolumePart(chart, all);
    return part === undefined ? undefined : { chart, part };
  });
}

function localVolumePart(chart: Chart, names: readonly string[]): DaemonPart | undefined {
  const { backends } = chart.cloud.spec.features.cinder.volume;
  const local = names.flatMap((name) => {
    const group = backends[name]?.lvm?.volume_group;
    return group === undefined ? [] : [[name, group] as const];
  });
  if (local.length === 0) return undefined;
  const sections = local.map(([name, group]): Ini => ({
    [name]: {
      volume_driver: 'cinder.volume.drivers.lvm.LVMVolumeDriver',
      volume_backend_name: name,
      volume_group: group,
      target_helper: 'tgtadm',
      target_protocol: 'iscsi',
      lvm_type: 'auto',
    },
  }));
  const files = [
    iniFile(
      chart,
      { secret: 'cinder-volume-lvm-etc', path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
      { DEFAULT: { enabled_backends: local.map(([name]) => name) } },
      ...sections,
    ),
  ];
  return {
    name: 'cinder-volume-lvm',
    component: 'volume-lvm',
    roles: ['compute'],
    files,
    scripts: [startScript(chart)],
    host: { network: true, pid: true },
    mounts: volumeMounts,
    before: [volumeDirectories],
    graceSeconds: 180,
    containers: [
      {
        name: 'cinder-volume',
        image: 'cinder',
        command: startCommand('cinder-volume'),
        rights: 'privileged',
        weight: 'agent',
      },
    ],
  };
}

/** Backups go to what the spec names, else to Ceph's pool of backups; without either there is no service for them. */
function backupService(chart: Chart): { workloads: readonly Workload[]; files: readonly ConfigFile[] } {
  const driver = chart.cloud.spec.features.cinder.backup.enabled ? backupDriver(chart) : undefined;
  if (driver === undefined) return { workloads: [], files: [] };
  const files = [
    iniFile(
      chart,
      { secret: 'cinder-backup-etc', path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
      { DEFAULT: driver },
    ),
    ...(chart.cloud.ceph === undefined ? [] : cephFiles(chart, cephForCinder(chart))),
  ];
  const workload = deployment(chart, {
    name: 'cinder-backup',
    component: 'backup',
    roles: ['controller'],
    files,
    scripts: [startScript(chart)],
    host: { network: true },
    mounts: volumeMounts,
    before: [volumeDirectories],
    graceSeconds: 180,
    containers: [
      { name: 'cinder-backup', image: 'cinder', command: startCommand('cinder-backup'), rights: 'privileged' },
    ],
  });
  return { workloads: [workload], files };
}

function backupDriver(chart: Chart): Ini[string] | undefined {
  const declared = Object.values(chart.cloud.spec.features.cinder.backup.drivers).filter(({ enabled }) => enabled);
  if (declared.length > 1) {
    throw terminal('Rendering OpenStack: spec.features.cinder.backup.drivers: only one can be enabled', {
      reason: 'InvalidSpec',
    });
  }
  const [driver] = declared;
  if (driver?.type === 'nfs') {
    return { backup_driver: 'cinder.backup.drivers.nfs.NFSBackupDriver', backup_share: driver.backup_share };
  }
  if (driver?.type === 's3') {
    return {
      backup_driver: 'cinder.backup.drivers.s3.S3BackupDriver',
      backup_s3_endpoint_url: driver.endpoint_url,
      backup_s3_store_bucket: driver.store_bucket,
      backup_s3_store_access_key: textOf(chart, driver.store_access_key),
      backup_s3_store_secret_key: textOf(chart, driver.store_secret_key),
    };
  }
  if (chart.cloud.ceph === undefined) return undefined;
  const client = cephForCinder(chart);
  const pool = client.pools.find(({ role }) => role === 'backup');
  return pool === undefined
    ? undefined
    : {
        backup_driver: 'cinder.backup.drivers.ceph.CephBackupDriver',
        backup_ceph_user: client.user,
        backup_ceph_pool: pool.name,
      };
}

function textOf(chart: Chart, value: ValueOrReference | undefined): string | undefined {
  return value === undefined ? undefined : resolveText(chart.cloud, value);
}

function discovery(chart: Chart): KubeObject {
  return service(chart, { name: 'cinder-volume', component: 'volume', headless: true, ports: { none: 8776 } });
}

const volumeMounts: readonly MountedVolume[] = [
  hostPath('var-lib-cinder', '/var/lib/cinder', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
  hostPath('etc-iscsi', '/etc/iscsi', { type: 'DirectoryOrCreate' }),
  hostPath('run', '/run'),
  hostPath('dev', '/dev'),
  hostPath('modules', '/lib/modules', { readOnly: true }),
];

const volumeDirectories = ownDirectories(
  'cinder',
  '/var/lib/cinder',
  '/var/lib/cinder/tmp',
  '/var/lib/cinder/conversion',
  '/var/lib/cinder/mnt',
);

function startScript(chart: Chart): Script {
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

function cephForCinder(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'cinder', 'spec.features.cinder');
}
