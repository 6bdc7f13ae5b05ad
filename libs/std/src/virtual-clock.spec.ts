import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from './clock.js';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('fires timers by due time, equal ones in the order they were made', async () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    clock.schedule(20, () => fired.push('late'));
    clock.schedule(10, () => fired.push('first'));
    clock.schedule(10, () => fired.push('second'));
    await clock.advance(15);
    expect({ fired, now: clock.now(), next: clock.nextDue() }).toEqual({
      fired: ['first', 'second'],
      now: 15,
      next: 20,
    });
  });

  it('lets promise work finish before the next timer', async () => {
    const clock = new VirtualClock(0);
    const order: string[] = [];
    clock.schedule(
      10,
      () =>
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => order.push('work of 10')),
    );
    clock.schedule(11, () => order.push('timer of 11'));
    await clock.advance(20);
    expect(order).toEqual(['work of 10', 'timer of 11']);
  });

  it('never fires a cancelled timer', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.schedule(5, () => (fired = true)).cancel();
    await clock.advance(10);
    expect(fired).toBe(false);
  });

  it('carries a loop of sleeps to the very end of the span', async () => {
    const clock = new VirtualClock(0);
    const woke: number[] = [];
    void (async () => {
      for (;;) {
        await sleep(clock, 7);
        woke.push(clock.now());
      }
    })();
    await clock.advance(30);
    expect(woke).toEqual([7, 14, 21, 28]);
  });

  it('keeps order for any set of delays', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock(0);
        const fired: [number, number][] = [];
        delays.forEach((delay, i) => clock.schedule(delay, () => fired.push([clock.now(), i])));
        await clock.advance(1000);
        expect(fired).toEqual(
          delays.map((delay, i): [number, number] => [delay, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('sleep', () => {
  it('rejects with the reason when its signal aborts', async () => {
    const clock = new VirtualClock(0);
    const abort = new AbortController();
    const sleeping = sleep(clock, 1000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.nextDue()).toBeUndefined();
  });
});
