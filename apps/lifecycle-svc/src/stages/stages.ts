import type { Stage, StageState, UpgradeStages } from '@keelson/api';
import { equalJson, rfc3339 } from '@keelson/std';

/** What a world shows of one stage. */
export interface StageFact<Name extends string> {
  readonly name: Name;
  readonly isDone: boolean;
  /** Why nothing was to be done, once it is done. */
  readonly note?: string;
}

export interface StagesSeen<Name extends string> {
  /** In the order in which they come about. */
  readonly facts: readonly StageFact<Name>[];
  /** Names in the order in which they are shown. */
  readonly names: readonly Name[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly release: string;
  readonly fromRelease: string | undefined;
  /** What does not get on, of the stage in work. */
  readonly failure: string | undefined;
}

/**
 * The stages of an update by what is seen now and what was seen before: one that is over stays over until another release
 * is aimed at, for a node that takes pods again no longer shows that it was drained.
 *
 * @returns undefined when nothing has changed
 */
export function advanceStages<Name extends string>(
  before: UpgradeStages | undefined,
  seen: StagesSeen<Name>,
): UpgradeStages | undefined {
  const known = before?.release === seen.release ? before : undefined;
  const wasDone = (name: Name): boolean => stageOf(known, name)?.status === 'Success';
  const current = seen.facts.find(({ name, isDone }) => !isDone && !wasDone(name))?.name;
  const stateOf = ({ name, isDone }: StageFact<Name>): StageState => {
    if (isDone || wasDone(name)) return 'Success';
    if (name !== current) return 'NotStarted';
    return seen.failure === undefined ? 'InProgress' : 'Fail';
  };
  const stages = seen.names.flatMap((name) => {
    const fact = seen.facts.find((one) => one.name === name);
    return fact === undefined ? [] : [stageFrom(stageOf(known, name), fact, stateOf(fact), seen)];
  });
  const fromRelease = known === undefined ? seen.fromRelease : known.fromRelease;
  const next = { ...(fromRelease === undefined ? {} : { fromRelease }), release: seen.release, stages };
  return known !== undefined && equalJson(next.stages, known.stages) ? undefined : next;
}

function stageOf(stages: UpgradeStages | undefined, name: string): Stage | undefined {
  return stages?.stages.find((stage) => stage.name === name);
}

function stageFrom<Name extends string>(
  before: Stage | undefined,
  { name, note }: StageFact<Name>,
  status: StageState,
  { now, failure }: StagesSeen<Name>,
): Stage {
  if (before?.status === status && status !== 'Fail') return before;
  const message = status === 'Fail' ? failure : status === 'Success' ? note : undefined;
  return {
    name,
    status,
    success: status === 'Success',
    ...(status === 'NotStarted' ? {} : { timestamp: before?.status === status ? before.timestamp : rfc3339(now) }),
    ...(message === undefined ? {} : { message }),
  };
}

/** True once every stage is over. */
export function isOver(stages: UpgradeStages): boolean {
  return stages.stages.every(({ status }) => status === 'Success');
}

/** The stage that does not get on or is in work; `done` when there is none. */
export function currentStage({ stages }: UpgradeStages): string {
  return stages.find(({ status }) => status === 'Fail' || status === 'InProgress')?.name ?? 'done';
}
