import { join } from 'node:path';

/** Everything of the lane on this machine's disk. */
export interface Home {
  readonly directory: string;
  /** Wiped before and after a run, but for its logs. */
  readonly run: string;
  readonly lock: string;
}

/** Two root filesystems take 5 GB, so they are kept from run to run. `KEELSON_REAL_OPENSTACK_HOME` puts them elsewhere. */
export function homeOf(environment: Readonly<Record<string, string | undefined>>): Home {
  const directory = environment['KEELSON_REAL_OPENSTACK_HOME'] ?? '/var/lib/keelson/real-openstack';
  return {
    directory,
    run: join(directory, 'run'),
    lock: join(directory, 'lock'),
  };
}
