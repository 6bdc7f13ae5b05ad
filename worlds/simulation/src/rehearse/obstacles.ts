import {
  ClusterUpdatePlanKind,
  type KubeObject,
  LCMClusterKind,
  LCMClusterStateKind,
  LCMMachineKind,
  type Progress,
} from '@keelson/api';
import { durationText } from '@keelson/std';
import type { Seen } from '../mirror.js';
import type { Unplaced } from './cloud/rehearsed-hypervisors.js';

/** Something that stood in the way, and for how long. */
export interface Obstacle {
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly waitsOn: string;
  /** Of the update as it will be, as all times that are told. */
  readonly seconds: number;
  /** When it first stood there, seconds from the start of the update. */
  readonly begins: number;
  /** How that which is held up is given up; undefined where nobody says. */
  readonly abort?: string;
  /** It still stood there at the end. */
  readonly isLast: boolean;
}

/** How times of the world are told. */
export interface Telling {
  /** Now, milliseconds. */
  readonly now: number;
  /** When the update began, milliseconds. */
  readonly begin: number;
  /** The update came to its end. */
  readonly completed: boolean;
  /** Seconds of the update, for milliseconds of the world. */
  readonly secondsOf: (ms: number) => number;
}

interface Standing {
  readonly object: string;
  readonly progress: Progress;
  readonly since: number;
}

interface Noted {
  /** As it was last. */
  readonly standing: Standing;
  /** When it first was. */
  readonly since: number;
  readonly ms: number;
  readonly isLast: boolean;
}

/** What resources say they wait for while an update runs. Times are the world's, in milliseconds. */
export class Obstacles {
  readonly #standing = new Map<string, Standing>();
  readonly #noted = new Map<string, Noted>();

  constructor(now: number) {
    this.movedAt = now;
    this.progressAt = now;
  }

  /** When any of them last said something else. */
  movedAt: number;
  /** When anything last waited for something else than before. */
  progressAt: number;

  /** The update begins: what was waited for before does not count. */
  begin(now: number): void {
    this.movedAt = now;
    this.progressAt = now;
    this.#standing.clear();
    this.#noted.clear();
  }

  saw({ kind, key, after }: Seen, now: number): void {
    if (!told.has(kind)) return;
    const id = `${kind} ${key.split('/').at(-1) ?? key}`;
    const progress = progressOf(after);
    const before = this.#standing.get(id);
    if (before?.progress.reason === progress?.reason && before?.progress.message === progress?.message) return;
    if (before !== undefined) this.#note(before, now, false);
    if (waitOf(before?.progress) !== waitOf(progress)) this.progressAt = now;
    if (kind !== ClusterUpdatePlanKind.kind || before?.progress.message !== progress?.message) this.movedAt = now;
    if (progress === undefined) this.#standing.delete(id);
    else this.#standing.set(id, { object: id, progress, since: now });
  }

  /**
   * Those that lasted, longest first; before them those that stand to the end, and of these first the instances that find
   * no room: what waits for them only passes that on.
   */
  told(telling: Telling, unplaced: readonly Unplaced[]): readonly Obstacle[] {
    const { now, begin, completed, secondsOf } = telling;
    for (const standing of this.#standing.values()) this.#note(standing, now, true);
    const waits = [...this.#noted.values()]
      .filter(({ ms }) => ms >= shortestMs)
      .map(({ standing: { object, progress }, since, ms, isLast }) => ({
        object,
        reason: progress.reason ?? '',
        message: inTheUpdate(progress.message ?? '', telling),
        begins: secondsOf(Math.max(0, since - begin)),
        ...(progress.abort === undefined ? {} : { abort: progress.abort }),
        waitsOn: progress.waitingOn === undefined ? '' : `${progress.waitingOn.kind} ${progress.waitingOn.name}`,
        seconds: secondsOf(ms),
        isLast: isLast && !completed,
      }));
    return [...roomObstacles(unplaced, telling), ...waits].sort(byWeight).slice(0, mostObstacles);
  }

  #note(standing: Standing, until: number, isLast: boolean): void {
    const { reason, waitingOn } = standing.progress;
    // What waits for one of these only passes on what that itself says.
    const isPassedOn = waitingOn?.kind === LCMMachineKind.kind || waitingOn?.kind === LCMClusterStateKind.kind;
    const isOrdinary = reason === undefined || ordinary.has(reason) || (reason === 'GroupHeld' && !isLast);
    if (isOrdinary || isPassedOn) return;
    const id = `${standing.object} ${reason} ${waitingOn?.kind ?? ''} ${waitingOn?.name ?? ''}`;
    const known = this.#noted.get(id);
    const since = known?.since ?? standing.since;
    this.#noted.set(id, { standing, since, ms: (known?.ms ?? 0) + until - standing.since, isLast });
  }
}

/** One for each node: the first of its instances stands for the others. */
function roomObstacles(
  unplaced: readonly Unplaced[],
  { now, begin, completed, secondsOf }: Telling,
): readonly Obstacle[] {
  return [...new Set(unplaced.map(({ host }) => host))].flatMap((host) => {
    const own = unplaced.filter((one) => one.host === host);
    const left = own.filter(({ until }) => until === undefined);
    const [first] = left.length > 0 ? left : own;
    if (first === undefined) return [];
    const { id, refusal } = first;
    const since = Math.min(...own.map((one) => one.since));
    const until = left.length > 0 ? now : Math.max(...own.map((one) => one.until ?? now));
    const others = left.length > 1 ? `; so it is with ${left.length - 1} more of ${host}` : '';
    return [
      {
        object: `Node ${host}`,
        reason: noRoom,
        message: `${refusal}${others}; ${mendRoom}`,
        waitsOn: `Instance ${id}`,
        begins: secondsOf(Math.max(0, since - begin)),
        seconds: secondsOf(until - since),
        isLast: left.length > 0 && !completed,
      },
    ];
  });
}

const timestamps = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Dates of the world, which mean nothing to anybody, as times from the start of the update. */
function inTheUpdate(message: string, { begin, secondsOf }: Telling): string {
  return message.replace(timestamps, (text) => {
    const ms = Date.parse(text) - begin;
    return ms < 0 ? 'before the update' : `${durationText(secondsOf(ms))} into the update`;
  });
}

function progressOf(object: KubeObject | undefined): Progress | undefined {
  return (object as { readonly status?: { readonly progress?: Progress } } | undefined)?.status?.progress;
}

/** What an object waits for, however its words change. */
function waitOf(progress: Progress | undefined): string {
  const { reason = '', waitingOn } = progress ?? {};
  return `${reason} ${waitingOn?.kind ?? ''} ${waitingOn?.name ?? ''}`;
}

function byWeight(a: Obstacle, b: Obstacle): number {
  const weight = ({ isLast, reason }: Obstacle): number => Number(isLast) * 2 + Number(isLast && reason === noRoom);
  return weight(b) - weight(a) || b.seconds - a.seconds;
}

/** Kinds that say what holds an update up. */
const told: ReadonlySet<string> = new Set(
  [ClusterUpdatePlanKind, LCMClusterKind, LCMMachineKind, LCMClusterStateKind].map(({ kind }) => kind),
);

/** Waits that are the work itself. */
const ordinary: ReadonlySet<string> = new Set([
  'StepInProgress',
  'Updating',
  'NotCommenced',
  'Requested',
  'Draining',
  'Uncordoning',
  'Items',
  'ItemsRunning',
  'MachinesNotReady',
  'Reboot',
  'Rebooting',
  'GroupConcurrency',
  'RebootForgotten',
  'Returning',
]);
const noRoom = 'NoRoom';
const mendRoom =
  'make room there, or tag it openstack.lcm.mirantis.com:maintenance_action=poweroff where it may be stopped';
/** Of the world's own time: the services look around in less. */
const shortestMs = 30_000;
const mostObstacles = 12;
