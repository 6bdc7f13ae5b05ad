import type { DrbMove, DRBConfig, DrbRun, DrbState, Reference } from '@keelson/api';
import type { LiveMigration } from '@keelson/openstack';
import { blockedBy, type Outcome, type Plan, progressing, settled, settledFor, waitingOn } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { type Balance, balanceOf } from './balance.js';
import type { BalancerSettings } from './balancer.settings.js';
import { type BalancerWorld, isMoving } from './balancer.world.js';

export type BalancerStep =
  | {
      readonly type: 'migrate';
      readonly instance: string;
      readonly name: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: 'abort'; readonly migration: LiveMigration; readonly seconds: number };

export interface Decision {
  readonly state: DrbState;
  /** The run as it stands before the steps. */
  readonly run: DrbRun | undefined;
  readonly steps: readonly BalancerStep[];
  readonly outcome: Outcome;
}

/** What holds things up is looked at again after so long. */
const lookSeconds = 60;

/** What is done about the load of hosts, and how it stands then. The checks come in order. */
export function decisionOf(world: BalancerWorld): Decision {
  const { config, settings, rival, hold, trouble } = world;
  const run = config.status?.run;
  const base = { run, steps: [] };
  if (typeof settings === 'string')
    return { ...base, state: 'Refused', outcome: blockedBy(selfOf(config), 'NotSupported', settings) };
  if (rival !== undefined) return { ...base, state: 'Refused', outcome: rivalry(rival) };
  if (run !== undefined && run.finishedAt === undefined) return followed(world, settings, run);
  if (hold !== undefined)
    return { ...base, state: 'Paused', outcome: waitingOn(hold.on, hold.reason, hold.message, lookSeconds) };
  if (trouble !== undefined) return { ...base, state: 'Unknown', outcome: silent(settings, trouble) };
  return world.load === undefined
    ? { ...base, state: 'Watching', outcome: settledFor(Math.max(1, world.dueInSeconds)) }
    : begun(world, settings, balanceOf(world.load));
}

export function planBalancer(world: BalancerWorld): Plan<BalancerStep> {
  if (world.config.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const { steps, outcome } = decisionOf(world);
  return { steps, outcome };
}

function selfOf({ kind, metadata: { namespace = '', name } }: DRBConfig): Reference {
  return { kind, namespace, name };
}

function rivalry(rival: DRBConfig): Outcome {
  const message = `the DRBConfig ${rival.metadata.name} balances hosts of this one already: give each its own hosts`;
  return blockedBy(selfOf(rival), 'HostsShared', message);
}

function silent({ collector }: BalancerSettings, trouble: string): Outcome {
  const on: Reference =
    collector === 'nova' ? { kind: 'Nova', name: 'nova' } : { kind: 'Prometheus', name: 'stacklight' };
  return waitingOn(on, 'LoadUnknown', trouble, lookSeconds);
}

/** What is to move is written down before anything does. */
function begun(world: BalancerWorld, { intervalSeconds, isDry }: BalancerSettings, balance: Balance): Decision {
  const { moves, spread, expected } = balance;
  if (moves.length === 0)
    return { state: 'Watching', run: world.config.status?.run, steps: [], outcome: settledFor(intervalSeconds) };
  const at = rfc3339(world.now);
  const run: DrbRun = {
    startedAt: at,
    ...(isDry ? { finishedAt: at } : {}),
    spread: rounded(spread),
    expected: rounded(expected),
    moves: moves.map(({ instance: { id, name }, from, to }) => {
      return { instance: id, name, from, to, state: isDry ? 'Skipped' : 'Planned' };
    }),
  };
  return isDry
    ? { state: 'Watching', run, steps: [], outcome: settledFor(intervalSeconds) }
    : { state: 'Migrating', run, steps: [], outcome: progressing(`${moves.length} instances are to move`) };
}

function rounded(percent: number): number {
  return Math.round(percent * 10) / 10;
}

/** A run that is open goes on until each of its moves has come to an end. */
function followed(world: BalancerWorld, settings: BalancerSettings, run: DrbRun): Decision {
  const { trouble } = world;
  if (trouble !== undefined)
    return {
      state: 'Migrating',
      run,
      steps: [],
      outcome: waitingOn({ kind: 'Nova', name: 'nova' }, 'CloudSilent', trouble, settings.pollSeconds),
    };
  const moves = run.moves.map((move) => seen(world, settings, move));
  const steps = [...aborts(world, settings, moves), ...departures(moves)];
  const open = moves.filter(({ state }) => state === 'Planned' || state === 'Begun');
  if (open.length === 0) {
    const finished = { ...run, moves, finishedAt: rfc3339(world.now) };
    return { state: 'Watching', run: finished, steps: [], outcome: settledFor(settings.intervalSeconds) };
  }
  const names = open.slice(0, 5).map(({ name, from, to }) => `${name} (${from} to ${to})`);
  const more = open.length > names.length ? ` and ${open.length - names.length} more` : '';
  const message = `${open.length} of ${moves.length} instances are on their way: ${names.join(', ')}${more}`;
  const on: Reference = { kind: 'Nova', name: open[0]?.from ?? '' };
  return {
    state: 'Migrating',
    run: { ...run, moves },
    steps,
    outcome: waitingOn(on, 'InstancesMoving', message, settings.pollSeconds),
  };
}

/** How far a move is by what nova shows. */
function seen(world: BalancerWorld, settings: BalancerSettings, move: DrbMove): DrbMove {
  if (move.state !== 'Planned' && move.state !== 'Begun') return move;
  const mover = world.movers.get(move.instance);
  if (mover === undefined) return { ...move, state: move.state === 'Planned' ? 'Skipped' : 'Failed' };
  if (isMoving(mover)) return { ...move, state: 'Begun', begunAt: move.begunAt ?? rfc3339(world.now) };
  if (mover.host !== move.from) return { ...move, state: 'Done' };
  if (move.state === 'Begun') return { ...move, state: 'Failed' };
  return world.hold !== undefined || settings.isDry || mover.status !== 'ACTIVE' ? { ...move, state: 'Skipped' } : move;
}

/** A run has no more moves than may be under way at once. */
function departures(moves: readonly DrbMove[]): readonly BalancerStep[] {
  return moves.flatMap(({ instance, name, from, to, state }) =>
    state === 'Planned' ? [{ type: 'migrate', instance, name, from, to } as const] : [],
  );
}

function aborts(
  { now, migrations }: BalancerWorld,
  { timeoutSeconds: seconds }: BalancerSettings,
  moves: readonly DrbMove[],
): readonly BalancerStep[] {
  const late = moves.filter(
    ({ state, begunAt }) => state === 'Begun' && now - Date.parse(begunAt ?? '') > seconds * 1000,
  );
  return migrations
    .filter(({ instance }) => late.some((move) => move.instance === instance))
    .map((migration) => ({ type: 'abort', migration, seconds }) as const);
}
