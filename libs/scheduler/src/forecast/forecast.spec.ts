import { describe, expect, it } from '@jest/globals';
import { type Random, seededRandom } from '@keelson/std';
import { aMachine, budgetsOf } from '../scheduler.fixtures.js';
import type { ScheduledMachine } from '../plan/machine.js';
import { forecast, type Forecast } from './forecast.js';
import { playOut } from './play-out.js';
import type { DurationRecord } from './records.js';
import { normal } from './surprises.js';

const budgets = budgetsOf({ groups: [{ name: 'workers', index: 1, concurrent: 4 }] });
const fleet = Array.from({ length: 40 }, (_, i) => aMachine(`w${i}`, { expectedSeconds: 600 }));
const record = (machine: string, update: string, seconds: number): DurationRecord => ({
  update,
  machine,
  machineClass: 'w',
  seconds,
  expectedSeconds: 600,
  failed: false,
});
const drawn = (random: Random): number => 600 * Math.exp(0.4 * normal(random));
const past = (random: Random): DurationRecord[] =>
  ['u1', 'u2', 'u3'].flatMap((update) => fleet.map(({ name }) => record(name, update, drawn(random))));

/** A forecast when ten of forty are done, and what came. */
function after(seed: string, factor = 1): Forecast & { readonly came: number } {
  const random = seededRandom(seed);
  const records = past(random);
  const begun = new Map<string, number>();
  const sofar: DurationRecord[] = [];
  let told: Forecast | undefined;
  let toldAt = 0;
  const course = playOut({
    machines: fleet,
    budgets,
    attempt: () => ({ seconds: factor * drawn(random), succeeds: true }),
    onStart: ({ name }, at) => begun.set(name, at),
    onEnd: ({ name }, at) => {
      sofar.push(record(name, 'now', at - (begun.get(name) ?? 0)));
      if (sofar.length !== 10) return;
      const over = new Set(sofar.map(({ machine }) => machine));
      const state = (machine: ScheduledMachine): ScheduledMachine['state'] =>
        over.has(machine.name) ? 'done' : begun.has(machine.name) ? 'running' : 'waiting';
      told = forecast({
        machines: fleet.map((machine) => ({ ...machine, state: state(machine) })),
        budgets,
        records,
        sofar: [...sofar],
        elapsedSeconds: new Map([...begun].map(([machine, from]) => [machine, at - from])),
        random: seededRandom(`${seed}/told`),
        draws: 60,
      });
      toldAt = at;
    },
  });
  if (told === undefined) throw new Error('ten machines never ended');
  return { ...told, came: course.seconds - toldAt };
}

describe('forecast', () => {
  it('of an update that is over is now', () => {
    const done = fleet.map((machine) => ({ ...machine, state: 'done' as const }));
    const random = seededRandom(1);
    expect(forecast({ machines: done, budgets, records: [], sofar: [], elapsedSeconds: new Map(), random })).toEqual({
      earliest: 0,
      median: 0,
      latest: 0,
      held: 0,
    });
  });

  it('holds what comes in nine of ten courses, and its middle is near it', () => {
    const tries = Array.from({ length: 40 }, (_, i) => after(`seed-${i}`));
    const inside = tries.filter(({ earliest, latest, came }) => earliest <= came && came <= latest).length / 40;
    expect(inside).toBeGreaterThanOrEqual(0.8);
    const errors = tries.map(({ median, came }) => Math.abs(median / came - 1)).sort((a, b) => a - b);
    expect(errors[20]).toBeLessThan(0.1);
  });

  it('sees from a quarter of the machines that all of them are slower this time', () => {
    const tries = Array.from({ length: 5 }, (_, i) => after(`slow-${i}`, 2));
    const ratios = tries.map(({ median, came }) => median / came);
    expect(Math.min(...ratios)).toBeGreaterThan(0.7);
  });

  it('leaves machines that are held out and counts them', () => {
    const [first, ...others] = fleet;
    const machines = [{ ...(first as ScheduledMachine), heldBy: { lock: 'operator', message: 'held' } }, ...others];
    const told = forecast({
      machines,
      budgets,
      records: [],
      sofar: [],
      elapsedSeconds: new Map(),
      random: seededRandom(2),
    });
    expect(told.held).toBe(1);
    expect(told.latest).toBeGreaterThan(told.earliest);
  });
});
