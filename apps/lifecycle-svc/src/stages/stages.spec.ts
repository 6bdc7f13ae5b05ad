import { describe, expect, it } from '@jest/globals';
import type { UpgradeStages } from '@keelson/api';
import { type StagesSeen, advanceStages, currentStage, isOver } from './stages.js';

const names = ['drained', 'items done', 'back'] as const;
type Name = (typeof names)[number];

/** Stages by what is done, `now` in seconds. */
function see(
  before: UpgradeStages | undefined,
  now: number,
  done: readonly Name[],
  more: Partial<StagesSeen<Name>> = {},
) {
  return advanceStages<Name>(before, {
    facts: names.map((name) => ({ name, isDone: done.includes(name) })),
    names,
    now: now * 1000,
    release: '2',
    fromRelease: '1',
    failure: undefined,
    ...more,
  });
}

const shown = (stages: UpgradeStages | undefined) =>
  stages?.stages.map(({ name, status, timestamp }) => [name, status, timestamp?.slice(17, 19)]);

describe('the stages of an update', () => {
  it('stay over once they are, whatever is seen later, and carry the time they were entered', () => {
    const first = see(undefined, 1, []);
    const second = see(first, 2, ['drained']);
    const third = see(second, 3, ['items done']);
    expect([first, second, third].map(shown)).toEqual([
      [
        ['drained', 'InProgress', '01'],
        ['items done', 'NotStarted', undefined],
        ['back', 'NotStarted', undefined],
      ],
      [
        ['drained', 'Success', '02'],
        ['items done', 'InProgress', '02'],
        ['back', 'NotStarted', undefined],
      ],
      [
        ['drained', 'Success', '02'],
        ['items done', 'Success', '03'],
        ['back', 'InProgress', '03'],
      ],
    ]);
    expect(third).toMatchObject({ fromRelease: '1', release: '2' });
  });

  it('are not written again while nothing changes, and are over in the end', () => {
    const first = see(undefined, 1, ['drained']);
    const last = see(first, 9, [...names]);
    expect([see(first, 5, ['drained']), last && isOver(last), last && currentStage(last)]).toEqual([
      undefined,
      true,
      'done',
    ]);
  });

  it('name what fails, keep its time while it goes on failing, and go on once it is cured', () => {
    const failed = see(see(undefined, 1, []), 2, [], { failure: 'item x failed on try 1' });
    const again = see(failed, 3, [], { failure: 'item x failed on try 2' });
    const cured = see(again, 4, []);
    expect([failed, again, cured].map((stages) => stages?.stages[0])).toMatchObject([
      { status: 'Fail', success: false, timestamp: '1970-01-01T00:00:02Z', message: 'item x failed on try 1' },
      { status: 'Fail', timestamp: '1970-01-01T00:00:02Z', message: 'item x failed on try 2' },
      { status: 'InProgress', timestamp: '1970-01-01T00:00:04Z' },
    ]);
    expect(cured?.stages[0]).not.toHaveProperty('message');
  });

  it('begin anew when another release is aimed at', () => {
    const over = see(undefined, 1, [...names]);
    expect(see(over, 2, [], { release: '3', fromRelease: '2' })).toMatchObject({
      fromRelease: '2',
      release: '3',
      stages: [{ status: 'InProgress' }, { status: 'NotStarted' }, { status: 'NotStarted' }],
    });
  });

  it('are shown in the order of their names whatever comes first, with a note where nothing was to be done', () => {
    const stages = see(undefined, 1, [], {
      facts: [
        { name: 'back', isDone: true, note: 'it never left' },
        { name: 'drained', isDone: false },
        { name: 'items done', isDone: false },
      ],
    });
    expect(stages?.stages).toMatchObject([
      { name: 'drained', status: 'InProgress' },
      { name: 'items done', status: 'NotStarted' },
      { name: 'back', status: 'Success', message: 'it never left' },
    ]);
  });
});
