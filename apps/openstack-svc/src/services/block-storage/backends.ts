import type { Cloud } from '../../cloud/cloud.js';
import {
  type BackendWords,
  type DriverSection,
  type StandaloneBackend,
  standaloneBackends,
  textOf,
} from '../../conventions/backends.js';
import { cephClient, cephConf, cephSecrets, goesToCeph, poolsOf, type Store } from '../../conventions/ceph.js';
import { type Chart, confOf } from '../../render/chart.js';
import { isRecord, valueAt } from '../../render/json.js';

/** Where volumes can be, as a volume type finds it. */
export interface VolumeBackend {
  /** Its `volume_backend_name`. */
  readonly name: string;
  /** Users are to choose it by a volume type. */
  readonly hasType: boolean;
}

const words: BackendWords = {
  field: 'spec.features.cinder.volume.backends',
  project: 'cinder',
  process: 'volume',
  driver: 'volume_driver',
  label: 'volume_backend_name',
  enabled: 'enabled_backends',
  type: 'create_volume_type',
  taken: ['lvm'],
};

const volumes: Store = { what: 'volumes', otherwise: 'set spec.features.cinder.volume.enabled: false' };

/**
 * Sections of cinder.conf for Ceph's pools of volumes, each of them by its own name: the order in which the storage lists them
 * may change. None without Ceph, and none where the spec turns Ceph's volumes off: back ends that it declares stand beside them.
 */
export function cephBackends({ cloud }: Chart): readonly DriverSection[] {
  if (!cloud.spec.features.cinder.volume.enabled || !goesToCeph(cloud, volumes)) return [];
  const client = cephForCinder(cloud);
  return poolsOf(client, 'volumes').map(({ name }) => ({
    section: name,
    options: {
      volume_driver: 'cinder.volume.drivers.rbd.RBDDriver',
      volume_backend_name: name,
      backend_host: `rbd:${name}`,
      rbd_pool: name,
      rbd_user: client.user,
      rbd_ceph_conf: cephConf,
      rbd_secret_uuid: cephSecrets.cinder,
      report_discard_supported: true,
    },
  }));
}

/** True of a section whose driver speaks to the cluster's Ceph. */
export function isOnCeph({ options }: DriverSection): boolean {
  const { volume_driver: driver, rbd_ceph_conf: file = cephConf } = options;
  return textOf(driver).includes('.rbd.') && file === cephConf;
}

/** What the storage gave to Cinder. @throws Failure transient while it has given nothing */
export function cephForCinder(cloud: Cloud): ReturnType<typeof cephClient> {
  return cephClient(cloud, 'cinder', 'spec.features.cinder');
}

/** Arrays and shares that the spec declares. @throws Failure terminal for one without a driver */
export function declaredBackends(chart: Chart): readonly StandaloneBackend[] {
  const declared = standaloneBackends(chart, words, chart.cloud.spec.features.cinder.volume.backends);
  return declared.map((backend) => ({ ...backend, sections: backend.sections.map((each) => hosted(backend, each)) }));
}

/** One name for all instances: whichever lives serves the volumes of the others. */
function hosted({ name }: StandaloneBackend, { section, options }: DriverSection): DriverSection {
  return { section, options: { backend_host: `${name}:${section}`, ...options } };
}

/** The names and types of sections. */
export function backendsIn(sections: readonly DriverSection[], hasType = true): readonly VolumeBackend[] {
  return sections.map(({ section, options }) => ({ name: textOf(options['volume_backend_name'] ?? section), hasType }));
}

/** In volume groups of nodes: of the spec itself, and of node overrides. */
export function localBackends({ spec }: Cloud): readonly VolumeBackend[] {
  const { backends } = spec.features.cinder.volume;
  const names = Object.entries(backends)
    .filter(([, { enabled, lvm }]) => enabled && lvm !== undefined)
    .map(([name]) => name);
  const fromNodes = Object.values(spec.nodes).flatMap((node) => {
    const overridden = valueAt(node, ['features', 'cinder', 'volume', 'backends']);
    return isRecord(overridden) ? Object.keys(overridden) : [];
  });
  return [...new Set([...names, ...fromNodes])].map((name) => ({
    name,
    hasType: backends[name]?.create_volume_type !== false,
  }));
}

/** Where volumes go that name no type: as raw values have it, else to Ceph's first pool, else wherever there is room. */
export function defaultVolumeType(chart: Chart): string {
  const asked = confOf(chart, ['DEFAULT'])['default_volume_type'];
  return typeof asked === 'string' ? asked : (cephBackends(chart)[0]?.section ?? '__DEFAULT__');
}
