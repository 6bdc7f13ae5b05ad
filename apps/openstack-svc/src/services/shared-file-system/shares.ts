import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import {
  type BackendWords,
  type DriverSection,
  iniOfSections,
  type StandaloneBackend,
  standaloneBackends,
} from '../../conventions/backends.js';
import { cephClient, cephConf, cephFiles, goesToCeph, type Store } from '../../conventions/ceph.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { IniSection } from '../../render/ini.js';
import type { Workload } from '../../render/kubernetes.js';
import { service } from '../../render/network.js';
import { hostPath } from '../../render/pod.js';
import { statefulSet } from '../../render/workloads.js';
import { manilaSections } from './config.js';

export interface ShareServices {
  readonly backends: readonly ShareBackend[];
  readonly workloads: readonly Workload[];
  readonly files: readonly ConfigFile[];
  readonly front: readonly KubeObject[];
}

/** A section of manila.conf that names a driver. */
export interface ShareBackend {
  readonly options: IniSection;
  /** Users are to choose it by a share type. */
  readonly hasType: boolean;
}

const words: BackendWords = {
  field: 'spec.features.manila.share.backends',
  project: 'manila',
  process: 'share',
  driver: 'share_driver',
  label: 'share_backend_name',
  enabled: 'enabled_share_backends',
  type: 'create_share_type',
  taken: [],
};

/** manila-share for each back end of the spec, and for CephFS where there is Ceph; none without either. */
export function shareServices(chart: Chart): ShareServices {
  const declared = declaredSets(chart);
  const sets = [...cephSet(chart, declared), ...declared];
  const rendered = sets.map(shareService);
  return {
    backends: sets.flatMap(({ sections, hasType }) => sections.map(({ options }) => ({ options, hasType }))),
    workloads: rendered.map(({ workload }) => workload),
    files: rendered.flatMap(({ files }) => files),
    front: rendered.map(({ discovery }) => discovery),
  };
}

type BackendSet = Omit<StandaloneBackend, 'name'>;

function declaredSets(chart: Chart): readonly BackendSet[] {
  const declared = standaloneBackends(chart, words, chart.cloud.spec.features.manila.share.backends);
  return declared.map((backend) => ({
    ...backend,
    sections: backend.sections.map((each) => (isCephFs(each) ? onCephFs(chart, each) : each)),
  }));
}

/** CephFS by itself, unless the spec declares it: beside other back ends it is there when the storage has a client for it. */
function cephSet(chart: Chart, declared: readonly BackendSet[]): readonly BackendSet[] {
  const { cloud } = chart;
  if (declared.some(({ sections }) => sections.some(isCephFs))) return [];
  const isThere = declared.length === 0 ? goesToCeph(cloud, shares) : cloud.ceph?.clients['manila'] !== undefined;
  if (!isThere) return [];
  const name = 'manila-share';
  const pods: BackendSet['pods'] = { name, serviceName: name, component: 'share', roles: ['controller'] };
  const options = { share_driver: cephFsDriver, share_backend_name: 'cephfs' };
  return [{ chart, sections: [onCephFs(chart, { section: 'cephfs', options })], pods, hasType: true }];
}

const shares: Store = { what: 'shares', otherwise: 'declare a back end in spec.features.manila.share.backends' };

const cephFsDriver = 'manila.share.drivers.cephfs.driver.CephFSDriver';

function isCephFs({ options }: DriverSection): boolean {
  return options['share_driver'] === cephFsDriver;
}

/** What the spec does not say of a section: whom Ceph knows, and that no server stands between. */
function onCephFs(chart: Chart, { section, options }: DriverSection): DriverSection {
  const usual = {
    driver_handles_share_servers: false,
    cephfs_conf_path: cephConf,
    cephfs_auth_id: cephForManila(chart).user,
    cephfs_protocol_helper_type: 'CEPHFS',
  };
  return { section, options: { ...usual, ...options } };
}

function shareService({ chart, sections, pods }: BackendSet): {
  workload: Workload;
  discovery: KubeObject;
  files: readonly ConfigFile[];
} {
  const { name, component } = pods;
  const files = [
    iniFile(
      chart,
      { secret: `${name}-etc`, path: '/etc/manila/manila.conf', values: ['manila'] },
      manilaSections(chart),
      // One name for all instances, wherever they run: shares are known by the name of who serves them.
      { DEFAULT: { host: name, enabled_share_backends: sections.map(({ section }) => section) } },
      iniOfSections(sections),
    ),
    ...(sections.some(isCephFs) ? cephFiles(chart, cephForManila(chart)) : []),
  ];
  const workload = statefulSet(chart, {
    ...pods,
    files,
    host: { network: true },
    mounts: [hostPath('var-lib-manila', '/var/lib/manila', { type: 'DirectoryOrCreate' })],
    graceSeconds: 180,
    containers: [
      {
        name: 'manila-share',
        image: 'manila',
        command: ['manila-share', '--config-file', '/etc/manila/manila.conf'],
        rights: 'privileged',
      },
    ],
  });
  const discovery = service(chart, { name, component, headless: true, ports: { none: 8786 } });
  return { workload, discovery, files };
}

function cephForManila(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'manila', 'spec.features.manila');
}
