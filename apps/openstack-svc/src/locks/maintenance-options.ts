import type { Reader } from '@keelson/reconcile';
import { countIn, optionsIn, sectionIn } from '../options/rockoon-config.js';
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

/** What an operator has set, over the defaults. A value that is none is passed over. */
export function maintenanceOptionsIn(reader: Reader): MaintenanceOptions {
  return parseOptions(optionsIn(reader));
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
