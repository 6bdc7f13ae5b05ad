import type { Cloud } from '../../cloud/cloud.js';
import { type Chart, daemonChartOf } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import { daemonSets, type DaemonPart } from '../../render/node-sets.js';
import { localBackends } from './backends.js';
import { cinderSections } from './config.js';
import { storageProcess } from './processes.js';

/** Volume groups on nodes: a cinder-volume on each compute whose override, or the spec itself, names one. */
export function localVolumes(cloud: Cloud): ReturnType<typeof daemonSets> {
  const all = localBackends(cloud).map(({ name }) => name);
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
    ...storageProcess(chart, 'cinder-volume', 'agent'),
    host: { network: true, pid: true },
  };
}
