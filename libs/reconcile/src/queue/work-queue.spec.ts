import { describe, expect, it } from '@jest/globals';
import { type Clock, VirtualClock } from '@keelson/std';
import fc from 'fast-check';
import { priorities, WorkQueue } from './work-queue.js';

function aQueue(longestWaitMs = 30_000): { queue: WorkQueue; clock: VirtualClock; takeAll: () => string[] } {
  const clock = new VirtualClock(0);
  const queue = new WorkQueue({ clock, onReady: () => undefined, longestWaitMs });
  const takeAll = (): string[] => {
    const taken: string[] = [];
    for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next.key);
    return taken;
  };
  return { queue, clock, takeAll };
}

describe('a work queue', () => {
  it("gives a person's change first, then failures, progress and routine", () => {
    const { queue, takeAll } = aQueue();
    queue.add('routine', 'resync');
    queue.add('progress', 'progress');
    queue.add('failed', 'retry');
    queue.add('person', 'change');
    expect(takeAll()).toEqual(['person', 'failed', 'progress', 'routine']);
  });

  it('finishes what was created first first', () => {
    const { queue, takeAll } = aQueue();
    queue.add('c', 'progress', '2026-01-03');
    queue.add('a', 'progress', '2026-01-01');
    queue.add('b', 'progress', '2026-01-02');
    expect(takeAll()).toEqual(['a', 'b', 'c']);
  });

  it('holds a key once and moves it up when it becomes more urgent', () => {
    const { queue, takeAll } = aQueue();
    queue.add('x', 'resync');
    queue.add('y', 'progress');
    queue.add('x', 'change');
    queue.add('x', 'resync');
    expect(queue.depth).toBe(2);
    expect(takeAll()).toEqual(['x', 'y']);
  });

  it('never gives out a key that is in work, and gives it again after when it was asked for', () => {
    const { queue, takeAll } = aQueue();
    queue.add('x', 'progress');
    expect(queue.take()?.key).toBe('x');
    queue.add('x', 'resync');
    queue.add('x', 'change');
    expect(takeAll()).toEqual([]);
    queue.done('x');
    expect(queue.take()).toMatchObject({ key: 'x', priority: 'change' });
  });

  it('does not give a key again whose only cause is known', () => {
    const { queue, takeAll } = aQueue();
    for (const causes of [['7'], ['7', '7']]) {
      queue.add('x', 'progress');
      queue.take();
      for (const cause of causes) queue.add('x', 'progress', '', cause);
      queue.done('x', '7');
      expect(takeAll()).toEqual([]);
    }
    queue.add('x', 'progress');
    queue.take();
    queue.add('x', 'progress', '', '7');
    queue.add('x', 'progress');
    queue.done('x', '7');
    expect(takeAll()).toEqual(['x']);
  });

  it('gives a delayed key when its time has come, by the latest plan for it', async () => {
    const { queue, clock, takeAll } = aQueue();
    queue.addLater('x', 'resync', '', 1_000);
    queue.addLater('x', 'retry', '', 5_000);
    await clock.advance(4_999);
    expect(takeAll()).toEqual([]);
    await clock.advance(1);
    expect(queue.take()).toEqual({ key: 'x', priority: 'retry', waitedMs: 0 });
    queue.done('x');
    queue.addLater('x', 'resync', '', 9_000);
    queue.addLater('x', 'progress', '', 2_000);
    await clock.advance(2_000);
    expect(takeAll()).toEqual(['x']);
  });

  it('keeps its times when the time of day is set back', async () => {
    const clock = new VirtualClock(0);
    let setBack = 0;
    const wrong: Clock = {
      now: () => clock.now() - setBack,
      elapsed: () => clock.elapsed(),
      schedule: (ms, run) => clock.schedule(ms, run),
    };
    const queue = new WorkQueue({ clock: wrong, onReady: () => undefined });
    queue.addLater('x', 'progress', '', 1_000);
    setBack = 6 * 3_600_000;
    await clock.advance(1_000);
    expect(queue.take()?.key).toBe('x');
  });

  it('drops a planned look when the key comes earlier', async () => {
    const { queue, clock, takeAll } = aQueue();
    queue.addLater('x', 'resync', '', 1_000);
    queue.add('x', 'change');
    expect(takeAll()).toEqual(['x']);
    queue.done('x');
    await clock.advance(10_000);
    expect(takeAll()).toEqual([]);
  });

  it('lets nobody starve', async () => {
    const { queue, clock } = aQueue(10_000);
    queue.add('poor', 'resync', 'z');
    for (let second = 0; second <= 10; second += 1) {
      queue.add('rich', 'change', 'a');
      expect(queue.take()?.key).toBe('rich');
      queue.done('rich');
      await clock.advance(1_000);
    }
    queue.add('rich', 'change', 'a');
    expect(queue.take()?.key).toBe('poor');
  });

  it('forgets a key wherever it is', async () => {
    const { queue, clock, takeAll } = aQueue();
    queue.add('ready', 'change');
    queue.addLater('later', 'change', '', 10);
    queue.forget('ready');
    queue.forget('later');
    await clock.advance(100);
    expect([takeAll(), clock.nextDue()]).toEqual([[], undefined]);
  });

  it('gives every key exactly once, in order, for any sequence', () => {
    const additions = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom(...priorities), fc.constantFrom('1', '2')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(additions, (all) => {
        const { queue } = aQueue();
        for (const [key, priority, order] of all) queue.add(key, priority, order);
        const taken = [];
        for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
        const ranks = taken.map(({ priority }) => priorities.indexOf(priority));
        expect(taken.map(({ key }) => key).sort()).toEqual([...new Set(all.map(([key]) => key))].sort());
        expect(ranks).toEqual([...ranks].sort((x, y) => x - y));
      }),
    );
  });
});
