import type { Instance } from '@keelson/openstack';
import { sha256Json } from '@keelson/std';
import type { Tries } from './drain-memory.js';

/** How instances leave a node, by the node's annotation. */
export const migrationModes = ['live', 'manual', 'skip'] as const;
export type MigrationMode = (typeof migrationModes)[number];
export type InstanceAction = 'live_migrate' | 'notify' | 'poweroff';

const tagPrefix = 'openstack.lcm.mirantis.com:maintenance_action=';
const actions: readonly InstanceAction[] = ['live_migrate', 'notify', 'poweroff'];
const byMode: Readonly<Record<MigrationMode, InstanceAction>> = {
  live: 'live_migrate',
  manual: 'notify',
  skip: 'poweroff',
};

/** Statuses in which a reboot of the node harms nothing. */
const safe: ReadonlySet<string> = new Set([
  'SHUTOFF',
  'SUSPENDED',
  'SHELVED',
  'SHELVED_OFFLOADED',
  'DELETED',
  'SOFT_DELETED',
  'ERROR',
]);

/** The owner's tag decides where there is a single valid one, else the node's mode. */
export function actionOf({ tags }: Instance, mode: MigrationMode): InstanceAction {
  const asked = tags.filter((tag) => tag.startsWith(tagPrefix)).map((tag) => tag.slice(tagPrefix.length));
  const valid = actions.filter((action) => asked.includes(action));
  const [only] = valid;
  return valid.length === 1 && only !== undefined ? only : byMode[mode];
}

/** The instances of a node that is to be freed, by what becomes of them. */
export interface Exodus {
  /** On their way now. */
  readonly moving: readonly Instance[];
  /** May be moved next: those that were tried least first. */
  readonly movable: readonly Instance[];
  /** Could not be moved a moment ago, such as for want of room elsewhere, and are tried again. */
  readonly resting: readonly Instance[];
  /** Were tried as often as allowed. */
  readonly failed: readonly Instance[];
  /** Their owners or an operator must see to them. */
  readonly notify: readonly Instance[];
  /** Neither movable nor safe now, such as one that is being built. */
  readonly unclear: readonly Instance[];
  readonly isFree: boolean;
}

/** After a try that came to nothing the next waits for about so long, and longer each time: room comes as other nodes come back. */
const restMs = 60_000;

/** A quarter less or more, by the instance: those that failed together are not tried together. Milliseconds. */
export function restOf({ id }: Pick<Instance, 'id'>, count: number): number {
  const share = Number.parseInt(sha256Json([id, count]).slice(0, 8), 16) / 2 ** 32;
  return restMs * count * (0.75 + 0.5 * share);
}

/** @param triedOf how often an instance was tried already, and when */
export function exodusOf(
  instances: readonly Instance[],
  mode: MigrationMode,
  { attempts, now }: { readonly attempts: number; readonly now: number },
  triedOf: (instance: Instance) => Tries,
): Exodus {
  const isMoving = ({ status, task }: Instance): boolean => status === 'MIGRATING' || (task ?? '').includes('migrat');
  const staying = instances.filter((instance) => !safe.has(instance.status) && actionOf(instance, mode) !== 'poweroff');
  const moving = instances.filter(isMoving);
  const rest = staying.filter((instance) => !isMoving(instance));
  const notify = rest.filter((instance) => actionOf(instance, mode) === 'notify');
  const toMove = rest.filter((instance) => actionOf(instance, mode) === 'live_migrate');
  const canMove = ({ status }: Instance): boolean => status === 'ACTIVE' || status === 'PAUSED';
  const isResting = (instance: Instance): boolean => {
    const { count, at } = triedOf(instance);
    return count > 0 && now - at < restOf(instance, count);
  };
  const running = toMove.filter(canMove);
  const mayTry = running.filter((instance) => triedOf(instance).count < attempts);
  return {
    moving,
    movable: mayTry
      .filter((instance) => !isResting(instance))
      .sort((a, b) => triedOf(a).count - triedOf(b).count || (shuffleKey(a) < shuffleKey(b) ? -1 : 1)),
    resting: mayTry.filter(isResting),
    failed: running.filter((instance) => triedOf(instance).count >= attempts),
    notify,
    unclear: toMove.filter((instance) => !canMove(instance)),
    isFree: staying.length === 0 && moving.length === 0,
  };
}

/** An order that has nothing to do with the age or owner of instances. */
function shuffleKey({ id }: Instance): string {
  return sha256Json(id);
}

/** How many keep a node from being free. */
export function stayingIn({ moving, movable, resting, failed, notify, unclear }: Exodus): number {
  return moving.length + movable.length + resting.length + failed.length + notify.length + unclear.length;
}

/** What is left on a node, as a sentence. */
export function exodusText({ moving, movable, resting, failed, notify, unclear }: Exodus): string {
  const part = (instances: readonly Instance[], words: string): string[] =>
    instances.length === 0 ? [] : [`${instances.length} ${words}: ${namesOf(instances)}`];
  return [
    ...part(moving, 'being moved'),
    ...part(movable, 'to be moved'),
    ...part(resting, 'to be tried again'),
    ...part(failed, 'could not be moved'),
    ...part(unclear, 'neither running nor stopped'),
    ...part(notify, 'for their owners to see to (notify)'),
  ].join('; ');
}

function namesOf(instances: readonly Instance[]): string {
  const shown = instances.slice(0, 5).map(({ name, id }) => `${name} (${id})`);
  return instances.length > shown.length
    ? `${shown.join(', ')} and ${instances.length - shown.length} more`
    : shown.join(', ');
}
