import { describe, expect, test } from '@jest/globals';
import { transient, VirtualClock } from '@keelson/std';
import { Prober } from './prober.js';

/** Asks for `seconds`; `away` says in which of them nothing is answered. */
async function probed(seconds: number, away: (second: number) => 'answered' | 'refused' | 'silent') {
  const clock = new VirtualClock();
  const begun = clock.now();
  const lines: string[] = [];
  const ask = (): Promise<void> => {
    const now = away(Math.floor((clock.now() - begun) / 1000));
    if (now === 'silent') return new Promise(() => undefined);
    return now === 'refused' ? Promise.reject(transient('answered with 503')) : Promise.resolve();
  };
  const prober = new Prober([{ name: 'nova', everyMs: 500, ask }], (line) => void lines.push(line), clock);
  prober.start();
  await clock.advance(seconds * 1000);
  prober.stop();
  return { told: prober.told(), lines };
}

describe('the prober', () => {
  test('counts what was answered', async () => {
    expect(await probed(10, () => 'answered')).toEqual({
      told: '21 requests, the slowest answer after 0.0 s, none failed',
      lines: [],
    });
  });

  test('counts what was not, and says once for how long', async () => {
    const { told, lines } = await probed(10, (second) => (second >= 4 && second < 6 ? 'refused' : 'answered'));
    expect(told).toBe('21 requests, the slowest answer after 0.0 s, failed: nova 4 of 21, away 2.0 s at most');
    expect(lines).toEqual(['nova: answered with 503']);
  });

  test('does not wait for ever', async () => {
    const { told } = await probed(40, (second) => (second === 4 ? 'silent' : 'answered'));
    expect(told).toMatch(/failed: nova 1 of \d+, away 20\.5 s at most/);
  });
});
