import { join } from 'node:path';

/** Everything of the lane on this machine's disk. */
export interface Home {
  readonly directory: string;
  /** Wiped before and after a run, but for its logs. */
  readonly run: string;
  readonly lock: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Two root filesystems take 5 GB, so they are kept from run to run. `KEELSON_REAL_OPENSTACK_HOME` puts them elsewhere. */
export function homeOf(environment: Environment): Home {
  return homeIn(environment['KEELSON_REAL_OPENSTACK_HOME'] ?? '/var/lib/keelson/real-openstack');
}

/** Of the lane of OVN alone, whose root filesystem is small. `KEELSON_REAL_OVN_HOME` puts it elsewhere. */
export function ovnHomeOf(environment: Environment): Home {
  return homeIn(environment['KEELSON_REAL_OVN_HOME'] ?? '/var/lib/keelson/real-ovn');
}

function homeIn(directory: string): Home {
  return {
    directory,
    run: join(directory, 'run'),
    lock: join(directory, 'lock'),
  };
}
