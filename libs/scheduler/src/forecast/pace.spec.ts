import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@keelson/std';
import { budgetsOf } from '../scheduler.fixtures.js';
import { forecast } from './forecast.js';
import { learnPace, type PacePoint, underWay } from './pace.js';
import { normal } from './surprises.js';

const hour = 3_600;
const step = { expectedSeconds: 2 * hour, spread: 0.3, elapsedSeconds: 0 };

/** Half of the work takes a tenth of the time. */
const bent: readonly PacePoint[] = [
  { work: 0.25, time: 0.05 },
  { work: 0.5, time: 0.1 },
  { work: 0.75, time: 0.55 },
];

describe('learnPace', () => {
  it('without a past takes work for time, and trusts it little', () => {
    const told = learnPace([])(0.4);
    expect(told?.share).toBeCloseTo(0.4);
    expect(told?.spread).toBeGreaterThan(0.5);
  });

  it('knows which part of the work is slow, between the points too', () => {
    const pace = learnPace([bent, bent, bent]);
    expect(pace(0.5)?.share).toBeCloseTo(0.1);
    expect(pace(0.625)?.share).toBeCloseTo(0.325);
    expect(pace(0.9)?.share).toBeCloseTo(0.82);
    expect(pace(0.5)?.spread).toBeLessThan(learnPace([bent])(0.5)?.spread ?? 0);
  });

  it('is surer the nearer the end, and of what went the same way each time', () => {
    const other = bent.map(({ work, time }) => ({ work, time: time * 1.6 }));
    const [even, uneven] = [learnPace([bent, bent, bent]), learnPace([bent, other, bent])];
    expect(even(0.75)?.spread).toBeLessThan(even(0.5)?.spread ?? 0);
    expect(uneven(0.75)?.spread).toBeGreaterThan(2 * (even(0.75)?.spread ?? 1));
  });

  it.each([0, 1])('says nothing where %s of the work is done', (work) => {
    expect(learnPace([bent])(work)).toBeUndefined();
  });
});

describe('a step that is under way', () => {
  it('is expected to take what its pace says, the more the further it is', () => {
    const pace = learnPace([bent, bent, bent]);
    const at = (work: number, seconds: number) => underWay(step, pace, { work, seconds }).expectedSeconds / hour;
    // A tenth of the time took 0.4 h: at this pace it takes four hours.
    expect(at(0.5, 0.4 * hour)).toBeGreaterThan(2.5);
    expect(Math.abs(at(0.75, 2.2 * hour) / 4 - 1)).toBeLessThan(0.05);
    expect(underWay(step, pace, { work: 0.5, seconds: 0.4 * hour }).spread).toBeLessThan(step.spread);
  });

  it('is what was expected of it before anything is done', () => {
    expect(underWay(step, learnPace([bent]), { work: 0, seconds: hour })).toEqual(step);
  });

  it('ends within the interval nine times in ten, and is foretold far better than without its pace', () => {
    const trials = Array.from({ length: 300 }, (_, i) => trial(`pace-${i}`));
    const share = trials.filter(({ inside }) => inside).length / trials.length;
    expect(share).toBeGreaterThan(0.84);
    expect(share).toBeLessThan(0.97);
    const total = (of: (one: ReturnType<typeof trial>) => number) => trials.reduce((sum, one) => sum + of(one), 0);
    expect(total(({ error }) => error)).toBeLessThan(0.6 * total(({ blind }) => blind));
  });
});

/** A step of a hundred pieces, a third of them done: each takes as long as chance says, a fifth of them is off together, and all. */
function trial(seed: string) {
  const random = seededRandom(seed);
  const course = () => {
    const fifths = Array.from({ length: 5 }, () => Math.exp(0.15 * normal(random)));
    const piece = (i: number): number =>
      (i < 50 ? 1 : 3) * (fifths[Math.floor(i / 20)] ?? 1) * Math.exp(0.5 * normal(random));
    const pieces = Array.from({ length: 100 }, (_, i) => piece(i));
    const all = pieces.reduce((sum, piece) => sum + piece, 0);
    let passed = 0;
    return pieces.map((piece, i) => ({ work: (i + 1) / 100, time: (passed += piece) / all }));
  };
  const noted = (points: readonly PacePoint[]) => points.filter((_, i) => i % 5 === 4 && i < 99);
  const past = [1, 2, 3].map(() => noted(course()));
  const seconds = 2 * hour * Math.exp(0.3 * normal(random));
  const { work, time } = course()[34] ?? { work: 0, time: 0 };
  const begun = { ...step, elapsedSeconds: time * seconds };
  const rest = seconds - begun.elapsedSeconds;
  const told = toldOf(underWay(begun, learnPace(past), { work, seconds: begun.elapsedSeconds }), seed);
  return {
    inside: told.earliest <= rest && rest <= told.latest,
    error: Math.abs(told.median / rest - 1),
    blind: Math.abs(toldOf(begun, seed).median / rest - 1),
  };
}

function toldOf(of: typeof step, seed: string) {
  const none = { machines: [], records: [], sofar: [], elapsedSeconds: new Map<string, number>() };
  return forecast({ ...none, budgets: budgetsOf(), steps: [of], random: seededRandom(`${seed}/told`) });
}
