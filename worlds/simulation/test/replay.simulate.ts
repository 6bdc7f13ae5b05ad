import { describe, expect, it } from '@jest/globals';
import { allFaults, run } from '../src/index.js';

describe('a run', () => {
  it('repeats itself exactly from its seed', async () => {
    const options = { seed: 'replay', servers: 8, faults: allFaults, limitSeconds: 14_400 };
    expect(await run(options)).toEqual(await run(options));
  });

  it('differs between seeds', async () => {
    const [one, other] = [
      await run({ seed: 'a', servers: 4, faults: allFaults, limitSeconds: 14_400 }),
      await run({ seed: 'b', servers: 4, faults: allFaults, limitSeconds: 14_400 }),
    ];
    expect(one.digest).not.toBe(other.digest);
  });

  it('without faults converges within the hour', async () => {
    const report = await run({ seed: 'calm', servers: 30, faults: [], limitSeconds: 7_200 });
    expect({
      converged: report.converged,
      violations: report.violations,
      isQuick: report.virtualSeconds < 3_600,
    }).toEqual({ converged: true, violations: [], isQuick: true });
  });
});
