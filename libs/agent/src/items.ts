import { sha256Json } from '@keelson/std';
import type { AgentMachine, StateItem, StateItemStatus } from './machine.js';

/** Phases in the order in which they run. */
export const phases = ['prepare', 'deploy', 'reconfigure'] as const;

/** Parameters whose change alone does not run an item again. Source: reference/mosk-api/lifecycle.md, LCMMachine. */
const volatileParams: ReadonlySet<string> = new Set(['controlNodeIP', 'ucp_tag']);

const hashes = new WeakMap<StateItem, string>();

/**
 * SHA-256 of the canonical JSON of the item without its volatile parameters. Kept for items that are frozen, as those from
 * caches are: a reconciler asks for the same ones at every look.
 */
export function itemHash(item: StateItem): string {
  const known = hashes.get(item);
  if (known !== undefined) return known;
  const hash = freshHash(item);
  if (Object.isFrozen(item)) hashes.set(item, hash);
  return hash;
}

function freshHash(item: StateItem): string {
  const { params } = item;
  const counting = params && Object.fromEntries(Object.entries(params).filter(([name]) => !volatileParams.has(name)));
  return sha256Json({
    name: item.name,
    runner: item.runner,
    version: item.version,
    params: counting,
    phase: item.phase,
  });
}

/** True when the item has run with success in the form that is wanted now. */
export function isItemDone(item: StateItem, status: StateItemStatus | undefined): boolean {
  return status !== undefined && status.exitCode === 0 && status.hash === itemHash(item);
}

/** All items in the order in which they run: by phase, then as listed. One without a phase, or with one we do not know, runs last. */
export function itemsInOrder(items: readonly StateItem[]): readonly StateItem[] {
  const rank = (item: StateItem): number => {
    const at = phases.findIndex((phase) => phase === item.phase);
    return at < 0 ? phases.length : at;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/** What the agent does next for a machine: a pure decision. */
export type NextMove =
  | { readonly do: 'rest' }
  | { readonly do: 'run'; readonly item: StateItem; readonly attempt: number }
  | { readonly do: 'reboot' };

/**
 * The first item that is not done; with none left, a reboot if one is wanted and has not happened yet.
 *
 * @param statuses what has run so far, newest knowledge of the agent itself
 */
export function nextMove(
  machine: AgentMachine,
  statuses: Readonly<Record<string, StateItemStatus>>,
  isRebooted: boolean,
): NextMove {
  if (machine.spec?.haltAgent === true || machine.metadata.deletionTimestamp !== undefined) return { do: 'rest' };
  const item = itemsInOrder(machine.spec?.stateItems ?? []).find(
    (candidate) => !isItemDone(candidate, statuses[candidate.name]),
  );
  if (item !== undefined) return { do: 'run', item, attempt: attemptOf(item, statuses[item.name]) };
  return machine.spec?.rebootRequired === true && !isRebooted ? { do: 'reboot' } : { do: 'rest' };
}

/** Attempts count up while the same form of an item fails and begin anew when it changes. */
function attemptOf(item: StateItem, last: StateItemStatus | undefined): number {
  return last !== undefined && last.hash === itemHash(item) ? (last.attempt ?? 1) + 1 : 1;
}
