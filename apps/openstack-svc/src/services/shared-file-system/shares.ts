import type { KubeObject } from '@keelson/api';
import { terminal } from '@keelson/std';
import type { ConfigFile } from '../../cloud/service.js';
import { cephClient, cephFiles } from '../../conventions/ceph.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import { type IniSection, iniOfValues, mergeIni } from '../../render/ini.js';
import { isRecord, valueAt } from '../../render/json.js';
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
  readonly section: string;
  readonly options: IniSection;
  /** Users are to choose it by a share type. */
  readonly hasType: boolean;
}

/** manila-share with the back ends of the spec, else with CephFS where there is Ceph; none without either. */
export function shareServices(chart: Chart): ShareServices {
  const backends = backendsOf(chart);
  if (backends.length === 0) return { backends, workloads: [], files: [], front: [] };
  const files = [
    iniFile(
      chart,
      { secret: 'manila-share-etc', path: '/etc/manila/manila.conf', values: ['manila'] },
      manilaSections(chart),
      { DEFAULT: { enabled_share_backends: backends.map(({ section }) => section) } },
      mergeIni(...backends.map(({ section, options }) => ({ [section]: options }))),
    ),
    ...(chart.cloud.ceph === undefined ? [] : cephFiles(chart, cephForManila(chart))),
  ];
  const workload = statefulSet(chart, {
    name: 'manila-share',
    component: 'share',
    serviceName: 'manila-share',
    roles: ['controller'],
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
  const discovery = service(chart, { name: 'manila-share', component: 'share', headless: true, ports: { none: 8786 } });
  return { backends, workloads: [workload], files, front: [discovery] };
}

function backendsOf(chart: Chart): readonly ShareBackend[] {
  const declared = Object.entries(chart.cloud.spec.features.manila.share.backends).filter(([, { enabled }]) => enabled);
  if (declared.length > 0) {
    return declared.flatMap(([name, { values, create_share_type: hasType }]) =>
      sectionsOf(name, values).map(([section, options]) => ({ section, options, hasType })),
    );
  }
  if (chart.cloud.ceph === undefined) return [];
  const { user } = cephForManila(chart);
  const options = {
    share_backend_name: 'cephfs',
    share_driver: 'manila.share.drivers.cephfs.driver.CephFSDriver',
    driver_handles_share_servers: false,
    cephfs_conf_path: '/etc/ceph/ceph.conf',
    cephfs_auth_id: user,
    cephfs_protocol_helper_type: 'CEPHFS',
  };
  return [{ section: 'cephfs', options, hasType: true }];
}

function sectionsOf(name: string, values: unknown): (readonly [string, IniSection])[] {
  const conf = valueAt(values, ['conf', 'manila']);
  const sections = isRecord(conf) ? iniOfValues(conf) : {};
  const drivers = Object.entries(sections).filter(([, options]) => options['share_driver'] !== undefined);
  if (drivers.length === 0) {
    throw terminal(
      `Rendering OpenStack: spec.features.manila.share.backends.${name}.values.conf.manila: no section has a share_driver`,
      { reason: 'InvalidSpec' },
    );
  }
  return drivers.map(([section, options]) => [section, { share_backend_name: section, ...options }]);
}

function cephForManila(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'manila', 'spec.features.manila');
}
