import { afterEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '@keelson/std';
import { durations, stepRowName, stepRows } from '../../../src/past/past-steps.js';
import { type Cloud, aCloud, clusterName, namespace } from '../cloud.js';

const hours = 3_600_000;

/** The clock of release-svc alone is put forward and back while an update is under way: its timers run on as they should. */
describe('an update while the clock jumps', () => {
  let cloud: Cloud;
  afterEach(() => cloud.world.close());

  it.each([
    ['forward and back again', [6 * hours, 0, 6 * hours, 0]],
    ['back and forward again', [-6 * hours, 0, -6 * hours, 0]],
    ['back for good', [0, -6 * hours, -6 * hours, -6 * hours]],
  ])('%s: every step is ordered once and in order, nothing ends before it began', async (_name, jumps) => {
    let skew = 0;
    cloud = await aCloud({ clockOf: (clock) => skewed(clock, () => skew) });
    const ids = (await cloud.plan()).spec.steps.map(({ id }) => id);
    await cloud.commence(...ids);
    for (const [i, id] of ids.entries()) {
      await cloud.until(id, 'InProgress');
      skew = jumps[i % jumps.length] ?? 0;
      await cloud.until(id, 'Completed');
    }
    const { status } = await cloud.plan();
    expect([status?.status, cloud.owners.ordered]).toEqual(['Completed', ids]);
    const times = [status, ...(status?.steps ?? [])].map((one) => [one?.startedAt ?? '', one?.finishedAt ?? '']);
    expect(times.filter(([startedAt = '', finishedAt = '']) => startedAt === '' || finishedAt < startedAt)).toEqual([]);
    const rows = await Promise.all(
      ids.map((id) => cloud.world.records.history({ kind: stepRows, namespace, name: stepRowName(clusterName, id) })),
    );
    expect(rows.flatMap((of) => durations(of)).filter(({ seconds }) => seconds < 0)).toEqual([]);
  });
});

/** A clock that is wrong by so much at the moment. */
function skewed(clock: Clock, skew: () => number): Clock {
  return {
    now: () => clock.now() + skew(),
    elapsed: () => clock.elapsed(),
    schedule: (ms, run) => clock.schedule(ms, run),
  };
}
