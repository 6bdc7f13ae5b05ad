import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffSeconds, defaultBackoff } from './backoff.js';
import { rfc3339, rfc3339Micro, scaledClock } from './clock.js';
import { canonicalJson, equalJson, sha256Json } from './json.js';
import { pick, seededRandom, uuid } from './random.js';
import { VirtualClock } from './virtual-clock.js';

describe('seededRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const take = (seed: string): number[] =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(seededRandom(seed)),
      );
    expect(take('a')).toEqual(take('a'));
    expect(take('a')).not.toEqual(take('b'));
  });

  it('spreads evenly enough over ten bins', () => {
    const random = seededRandom(7);
    const bins = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) bins[Math.floor(random.next() * 10)]! += 1;
    expect(Math.min(...bins)).toBeGreaterThan(880);
  });

  it('makes version 4 UUIDs', () => {
    expect(uuid(seededRandom('u'))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('refuses to pick from nothing', () => {
    expect(() => pick(seededRandom(1), [])).toThrow(RangeError);
  });
});

describe('backoffSeconds', () => {
  it('stays between half and whole of a doubling step, capped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (attempt, seed) => {
        const step = Math.min(300, 2 ** (attempt - 1));
        const seconds = backoffSeconds(defaultBackoff, attempt, seededRandom(seed));
        expect(seconds).toBeGreaterThanOrEqual(step / 2);
        expect(seconds).toBeLessThan(step);
      }),
    );
  });
});

describe('canonicalJson', () => {
  it('orders keys and drops undefined', () => {
    expect(canonicalJson({ b: 1, a: { d: undefined, c: [2, { z: 1, y: 2 }] } })).toBe(
      '{"a":{"c":[2,{"y":2,"z":1}]},"b":1}',
    );
  });

  it('agrees with equalJson for any values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) =>
        expect(equalJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b)),
      ),
    );
    fc.assert(fc.property(fc.jsonValue(), (a) => expect(equalJson(a, JSON.parse(JSON.stringify(a)))).toBe(true)));
  });

  it('hashes equal values equally', () => {
    expect(sha256Json({ a: 1, b: 2 })).toBe(sha256Json({ b: 2, a: 1 }));
  });
});

describe('time as text', () => {
  it('has the forms of metav1.Time and MicroTime', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect([rfc3339(at), rfc3339Micro(at)]).toEqual(['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678000Z']);
  });
});

describe('scaledClock', () => {
  it('runs faster than its base by the factor', async () => {
    const base = new VirtualClock(1000);
    const fast = scaledClock(base, 60);
    let firedAt = 0;
    fast.schedule(60_000, () => (firedAt = base.now()));
    await base.advance(2_000);
    expect({ now: fast.now(), firedAt }).toEqual({ now: 1000 + 120_000, firedAt: 2000 });
  });
});
