import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { iniOfSections, type StandaloneBackend } from '../../conventions/backends.js';
import { cephFiles } from '../../conventions/ceph.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { iniFile, type Script } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { service } from '../../render/network.js';
import { statefulSet } from '../../render/workloads.js';
import {
  backendsIn,
  cephBackends,
  cephForCinder,
  declaredBackends,
  isOnCeph,
  localBackends,
  type VolumeBackend,
} from './backends.js';
import { backupService } from './backups.js';
import { cinderSections } from './config.js';
import { localVolumes } from './local-volumes.js';
import { startScript, storageProcess } from './processes.js';

export interface VolumeServices {
  readonly workloads: readonly Workload[];
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
  readonly front: readonly KubeObject[];
  /** What volumes can be on. */
  readonly backends: readonly VolumeBackend[];
}

/** cinder-volume for Ceph, for each back end that the spec declares and for disks of nodes; cinder-backup where backups can go. */
export function volumeServices(cloud: Cloud): VolumeServices {
  const chart = chartOf(cloud, 'block-storage', 'cinder');
  const shared = [...cephSet(chart), ...declaredBackends(chart)].map(sharedVolume);
  const local = localVolumes(cloud);
  const backup = backupService(chart);
  return {
    workloads: [...shared.map(({ workload }) => workload), ...local.daemonSets, ...backup.workloads],
    files: [...shared.flatMap(({ files }) => files), ...local.files, ...backup.files],
    scripts: [startScript(chart)],
    front: shared.map(({ discovery }) => discovery),
    backends: [...shared.flatMap(({ backends }) => backends), ...localBackends(cloud)],
  };
}

/** A cinder-volume whose back ends are reached from wherever it runs. */
interface SharedVolume {
  readonly workload: Workload;
  readonly discovery: KubeObject;
  readonly files: readonly ConfigFile[];
  readonly backends: readonly VolumeBackend[];
}

type BackendSet = Omit<StandaloneBackend, 'name'>;

/** All of Ceph's pools are served by one. */
function cephSet(chart: Chart): readonly BackendSet[] {
  const sections = cephBackends(chart);
  const name = 'cinder-volume';
  const pods: BackendSet['pods'] = { name, serviceName: name, component: 'volume', roles: ['controller'] };
  return sections.length === 0 ? [] : [{ chart, sections, pods, hasType: true }];
}

function sharedVolume({ chart, sections, pods, hasType }: BackendSet): SharedVolume {
  const { name, component } = pods;
  const files = [
    iniFile(
      chart,
      { secret: `${name}-etc`, path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
      { DEFAULT: { enabled_backends: sections.map(({ section }) => section) } },
      iniOfSections(sections),
    ),
    ...(sections.some(isOnCeph) ? cephFiles(chart, cephForCinder(chart.cloud)) : []),
  ];
  return {
    workload: statefulSet(chart, { ...pods, files, ...storageProcess(chart, 'cinder-volume') }),
    discovery: service(chart, { name, component, headless: true, ports: { none: 8776 } }),
    files,
    backends: backendsIn(sections, hasType),
  };
}
