import type { DRBConfig, Reference } from '@keelson/api';
import type { LiveMigration, PlacedInstance } from '@keelson/openstack';
import type { BalanceInput } from './balance.js';
import type { BalancerSettings } from './balancer.settings.js';

/** Why nothing is moved now, and with whom that lies. */
export interface Hold {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
}

/** An instance of the run that is open, as nova sees it. */
export type Mover = Pick<PlacedInstance, 'id' | 'host' | 'status' | 'task'>;

export interface BalancerWorld {
  readonly now: number;
  readonly config: DRBConfig;
  /** What the spec asks for; a sentence where it cannot be followed. */
  readonly settings: BalancerSettings | string;
  /** Another DRBConfig that has hosts of this one, and came first. */
  readonly rival: DRBConfig | undefined;
  readonly hold: Hold | undefined;
  /** Whether the load is to be looked at now, and in how many seconds otherwise. */
  readonly isDue: boolean;
  readonly dueInSeconds: number;
  /** Read when it is due and nothing is under way. */
  readonly load: BalanceInput | undefined;
  /** Instances of the run that is open; those that are gone are not among them. */
  readonly movers: ReadonlyMap<string, Mover>;
  readonly migrations: readonly LiveMigration[];
  /** Why the cloud or StackLight could not be asked. */
  readonly trouble: string | undefined;
}

export function isMoving({ status, task }: Pick<Mover, 'status' | 'task'>): boolean {
  return status === 'MIGRATING' || (task ?? '').includes('migrat');
}
