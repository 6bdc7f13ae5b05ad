import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@keelson/std';
import { type DurationRecord, quantile } from './records.js';
import { learnSurprises, normal } from './surprises.js';

/** Three updates of forty machines, of which the fast take 10 minutes and the slow 90, each within a few per cent. */
function past(expectedSeconds: number, stragglers = 0): readonly DurationRecord[] {
  const random = seededRandom('past');
  return ['u1', 'u2', 'u3'].flatMap((update) =>
    Array.from({ length: 40 }, (_, i) => ({
      update,
      machine: `w${i}`,
      machineClass: 'w',
      seconds: (i % 2 === 0 ? 600 : 5_400) * Math.exp(0.05 * normal(random)) * (random.next() < stragglers ? 3 : 1),
      expectedSeconds,
      failed: false,
    })),
  );
}

function drawsFrom(records: readonly DurationRecord[]): readonly number[] {
  const random = seededRandom('draws');
  const surprises = learnSurprises(records);
  return Array.from({ length: 50 }, () => surprises.source(random)).flatMap((draw) =>
    Array.from({ length: 40 }, () => draw(random)),
  );
}

describe('learnSurprises', () => {
  it('takes what differs from machine to machine for no surprise, whatever was expected of them when they began', () => {
    const draws = drawsFrom(past(3_600));
    expect(quantile(draws, 0.95) - quantile(draws, 0.05)).toBeLessThan(0.35);
    expect(drawsFrom(past(60))).toEqual(draws);
  });

  it('keeps stragglers as long as they were', () => {
    const far = drawsFrom(past(3_600, 0.1)).filter((value) => value > 0.7);
    expect(far.length / 2_000).toBeGreaterThan(0.04);
    expect(Math.abs(quantile(far, 0.5) - Math.log(3))).toBeLessThan(0.15);
  });

  it('expects updates to differ as a whole as much as they did', () => {
    const slower = past(3_600).map((record) =>
      record.update === 'u3' ? { ...record, seconds: record.seconds * 2 } : record,
    );
    expect(learnSurprises(past(3_600)).shift).toBeLessThan(0.15);
    expect(learnSurprises(slower).shift).toBeGreaterThan(0.3);
    expect(learnSurprises([]).shift).toBe(0.7);
  });
});
