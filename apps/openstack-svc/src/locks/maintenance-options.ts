import { type ConfigMap, ConfigMapKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { cloudNamespaces } from '../names.js';
import type { NodeRole } from './lock-controller.js';

/** How many nodes are worked on at once, and how; and when one counts as lost. */
export interface MaintenanceOptions {
  /** Nodes of a part that may be out of service at once. */
  readonly atOnce: Readonly<Record<NodeRole, number>>;
  /** Computes of one availability zone at a time. */
  readonly respectZones: boolean;
  /** Instances that leave one node at once. */
  readonly migrateAtOnce: number;
  /** A node may be deleted with instances on it. */
  readonly skipInstanceCheck: boolean;
  /** A node may be deleted with volumes on it. */
  readonly skipVolumeCheck: boolean;
  /** A node that is not Ready for less may just flap. */
  readonly notReadySeconds: number;
}

/** Where operators set them: the key holds an INI file. */
export const optionsMap = { namespace: 'osh-system', name: 'rockoon-config' };
/** ConfigMaps of the cloud, and that one. */
export const withOptions = { namespaces: [...cloudNamespaces, optionsMap.namespace] };
const optionsKey = 'extra_conf.ini';

/** What an operator has set, over the defaults. A value that is none is passed over. */
export function maintenanceOptionsIn(reader: Reader): MaintenanceOptions {
  return parseOptions(reader.get<ConfigMap>(ConfigMapKind, optionsMap)?.data?.[optionsKey] ?? '');
}

export function parseOptions(ini: string): MaintenanceOptions {
  const given = sectionIn(ini, 'maintenance');
  const count = (name: string, otherwise: number): number => countIn(given, name, otherwise);
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = given.get(name)?.toLowerCase();
    return value === 'true' ? true : value === 'false' ? false : otherwise;
  };
  return {
    atOnce: {
      controller: 1,
      gateway: count('nwl_parallel_max_gateway', 1),
      compute: count('nwl_parallel_max_compute', 30),
    },
    respectZones: flag('respect_nova_az', true),
    migrateAtOnce: count('instance_migrate_concurrency', 1),
    skipInstanceCheck: flag('ndr_skip_instance_check', false),
    skipVolumeCheck: flag('ndr_skip_volume_check', false),
    notReadySeconds: countIn(sectionIn(ini, 'osctl'), 'node_not_ready_flapping_timeout', 120),
  };
}

function countIn(section: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const value = Number(section.get(name));
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

function sectionIn(ini: string, wanted: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  let section = '';
  for (const line of ini.split('\n').map((each) => each.trim())) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header.trim();
    const [name = '', ...rest] = line.split(/[=:]/);
    if (section === wanted && rest.length > 0 && !/^[#;]/.test(line)) options.set(name.trim(), rest.join('=').trim());
  }
  return options;
}
